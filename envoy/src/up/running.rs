//! The loop of `dragoman up`: a signal ends it, an edit of the file is handed over, an Envoy that stops is an error, an
//! engine that stops is started again.
//! Everything is said on standard error; standard output is the access log's.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::engines::Engines;
use super::folder::Folder;
use super::ready;
use super::service::Service;
use super::{Up, is_free, say};
use crate::configuration::{Configured, Configuring};
use crate::envoy_binary::Envoy;
use crate::render::LOST;

/// How often signals, children and the file are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long Envoy may take to start: name servers that do not answer hold it up.
const START: Duration = Duration::from_secs(60);

/// How long a new configuration may take to be in force.
const CHANGE: Duration = Duration::from_secs(10);

/// How long what was removed is kept for requests that are under way.
const GRACE: Duration = Duration::from_secs(30);

/// Runs until told to stop.
pub fn run(asked: &Up) -> Result<(), String> {
    let stop = stop_flag().map_err(|error| format!("signals cannot be waited for: {error}"))?;
    let envoy = Envoy::find(asked.envoy.as_deref())?;
    let configuring = Configuring::here(asked.wasm.as_deref(), &envoy)?;
    let text = fs::read_to_string(&asked.file).map_err(|error| format!("{}: {error}", asked.file.display()))?;
    let configured = asked.moved.apply(configuring.configure(&asked.file, &text)?)?;
    say_all(&configured.remarks);
    if configured.plan.fixed_order {
        say(LOST);
    }
    envoy.validate(&configured.whole()?, &configured.environment)?;
    is_free(configured.plan.listen, "change `listen.address`")?;
    let engines = Engines::start(&configured, asked.engine.as_deref())?;

    let folder = Folder::new().map_err(|error| format!("no folder for Envoy's files: {error}"))?;
    let bootstrap = folder.write_all(&configured.plan, asked.admin)?;
    let envoy_service = Service::start("Envoy", envoy_command(&envoy, asked, &bootstrap, &configured.environment))
        .map_err(|error| format!("{} does not run: {error}", envoy.path().display()))?;
    let mut running = Running {
        asked,
        configuring,
        envoy,
        folder,
        services: vec![envoy_service],
        engines,
        text,
        configured,
        retire_at: None,
        stop,
    };
    running.wait_until_ready()?;
    running.serve()
}

struct Running<'a> {
    asked: &'a Up,
    configuring: Configuring,
    envoy: Envoy,
    // Dropped in this order: what uses the folder's files stops before they go.
    services: Vec<Service>,
    engines: Engines,
    folder: Folder,
    /// The file as last looked at, whether or not it was taken.
    text: String,
    /// What is in force.
    configured: Configured,
    /// When what the last change removed can go.
    retire_at: Option<Instant>,
    stop: Arc<AtomicBool>,
}

impl Running<'_> {
    fn wait_until_ready(&mut self) -> Result<(), String> {
        if !self.wait_for(START, |health| health.well)? {
            return Err(format!("Envoy is not ready after {} s", START.as_secs()));
        }
        let deadline = Instant::now() + START;
        while !self.stopped() && !self.engines.listen() {
            if Instant::now() > deadline {
                return Err(format!("local-engine does not listen after {} s", START.as_secs()));
            }
            thread::sleep(TICK);
            self.check_services()?;
        }
        if self.stopped() {
            return Ok(());
        }
        let scheme = if self.configured.plan.certificate.is_some() { "https" } else { "http" };
        say(&format!("listening on {scheme}://{}", self.configured.plan.listen));
        if self.asked.admin {
            say(&format!("admin interface on {}", self.folder.admin_socket().display()));
        }
        Ok(())
    }

    fn serve(&mut self) -> Result<(), String> {
        while !self.stopped() {
            thread::sleep(TICK);
            self.check_services()?;
            self.look_at_the_file()?;
            if self.retire_at.is_some_and(|time| time <= Instant::now()) {
                self.retire_at = None;
                self.folder.retire(&self.configured.plan).map_err(|error| unwritten(&error))?;
            }
        }
        say("stopping");
        Ok(())
    }

    fn look_at_the_file(&mut self) -> Result<(), String> {
        // An editor may have moved it away for a moment.
        let Ok(text) = fs::read_to_string(&self.asked.file) else {
            return Ok(());
        };
        if text == self.text {
            return Ok(());
        }
        self.text = text;
        match self.change() {
            Ok(()) => self.await_change(),
            Err(Unchanged::Refused(why)) => {
                say(&why);
                say(&format!(
                    "{}: the change is not taken, the configuration of before stays",
                    self.asked.file.display()
                ));
                Ok(())
            }
            Err(Unchanged::Broken(error)) => Err(unwritten(&error)),
        }
    }

    fn change(&mut self) -> Result<(), Unchanged> {
        let new = self.configuring.configure(&self.asked.file, &self.text);
        let new = new.and_then(|new| self.asked.moved.apply(new)).map_err(Unchanged::Refused)?;
        say_all(&new.remarks);
        let new = new.replace(&self.configured).map_err(Unchanged::Refused)?;
        let whole = new.whole().map_err(Unchanged::Refused)?;
        self.envoy.validate(&whole, &self.configured.environment).map_err(Unchanged::Refused)?;
        self.folder.hand_over(&self.configured.plan, &new.plan).map_err(Unchanged::Broken)?;
        self.configured = new;
        self.retire_at = Some(Instant::now() + GRACE);
        Ok(())
    }

    fn await_change(&mut self) -> Result<(), String> {
        let identity = self.configured.identity.clone();
        let file = self.asked.file.display();
        if self.wait_for(CHANGE, |health| health.well && health.configuration.as_ref() == Some(&identity))? {
            say(&format!("{file}: the change is in force"));
        } else if !self.stopped() {
            say(&format!("{file}: Envoy has not taken the change after {} s", CHANGE.as_secs()));
        }
        Ok(())
    }

    /// Asks until the answer is as wanted, time is up, or we are to stop; whether it is as wanted, or we are to stop.
    fn wait_for(&mut self, time: Duration, wanted: impl Fn(&ready::Health) -> bool) -> Result<bool, String> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            self.check_services()?;
            if self.stopped() || ready::health(&self.folder.ready_socket()).is_ok_and(|health| wanted(&health)) {
                return Ok(true);
            }
            thread::sleep(TICK);
        }
        Ok(false)
    }

    fn check_services(&mut self) -> Result<(), String> {
        for service in &mut self.services {
            if let Some(status) = service.ended() {
                return Err(format!("{} stopped by itself: {status}", service.name()));
            }
        }
        self.engines.look()
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Why a change is not in force.
enum Unchanged {
    /// It is wrong, or needs a restart.
    Refused(String),
    /// It could not be written.
    Broken(io::Error),
}

fn unwritten(error: &io::Error) -> String {
    format!("the files that Envoy watches cannot be written: {error}")
}

fn envoy_command(envoy: &Envoy, asked: &Up, bootstrap: &Path, environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(envoy.path());
    command.arg("--config-path").arg(bootstrap);
    command.args(["--disable-hot-restart", "--log-level", &asked.envoy_log]);
    if let Some(workers) = asked.concurrency {
        command.args(["--concurrency", &workers.to_string()]);
    }
    // What the configuration refers to, and nothing else that may be in ours.
    command.env_clear().envs(environment);
    command
}

fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // The second time it ends us at once; Envoy dies with us.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

fn say_all(remarks: &[String]) {
    for remark in remarks {
        say(remark);
    }
}
