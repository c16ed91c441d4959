//! `dragoman up` as a user runs it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;

use super::process::Process;
use super::{dragoman, free_address, listening};
use crate::client::Client;

/// A running `dragoman up`.
pub struct Up {
    process: Process,
    address: SocketAddr,
    file: PathBuf,
}

impl Up {
    /// Starts it on a configuration (its `listen.address` is chosen here).
    pub fn start(config: &Value, env: &BTreeMap<String, String>) -> Up {
        let folder = tempfile::tempdir().expect("a folder for the configuration");
        let address = free_address();
        let file = folder.path().join("dragoman.yaml");
        std::fs::write(&file, listening(config, address).to_string()).expect("the configuration is written");
        let mut command = dragoman();
        command.args(["up", "--concurrency", "2", "--admin"]).arg(&file).envs(env);
        let mut process = Process::start(command, folder);
        let said = process.folder().join("stderr");
        process
            .wait_until("it listens", || std::fs::read_to_string(&said).unwrap_or_default().contains("listening on"));
        Up { process, address, file }
    }

    /// A new connection to it.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Everything it said.
    pub fn said(&self) -> String {
        self.process.errors()
    }

    /// Edits the configuration, and waits until it says of it what is expected.
    pub fn edit(&mut self, config: &Value, expected: &str) {
        self.write(&listening(config, self.address).to_string(), expected);
    }

    /// Writes any text in place of the configuration, and waits until it says of it what is expected.
    pub fn write(&mut self, text: &str, expected: &str) {
        let said = self.process.folder().join("stderr");
        let before = self.said().len();
        let new = self.file.with_extension("new");
        std::fs::write(&new, text).expect("the configuration is written");
        std::fs::rename(&new, &self.file).expect("the configuration is moved into place");
        self.process.wait_until(&format!("it says {expected:?}"), || {
            let said = std::fs::read_to_string(&said).unwrap_or_default();
            said.get(before..).is_some_and(|news| news.contains(expected))
        });
    }

    /// Stops it as Ctrl-C or a service manager does.
    pub fn stop(&mut self) {
        self.process.stop();
    }
}
