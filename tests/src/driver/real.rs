//! A real Envoy with scripted upstreams.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::{Attempt, Cut, Driver, Gateway, Outcome, Played, Stage};
use crate::client::Request;
use crate::envoy::{Envoy, Version};
use crate::upstream::{Refusing, Upstream};
use crate::vector::Vector;

/// The driver. Vectors in which nothing fails leave nothing behind, and share an Envoy.
pub struct Real {
    version: Version,
    shared: RefCell<Option<(Key, Rc<RefCell<Running>>)>>,
}

/// What makes an Envoy fit for another vector.
type Key = (Value, BTreeMap<String, String>);

/// An Envoy and what is behind it.
struct Running {
    envoy: Envoy,
    stage: Arc<Mutex<Stage>>,
    targets: Vec<(String, SocketAddr)>,
    exchanges: usize,
    // Held until the Envoy is gone.
    _upstreams: Vec<Upstream>,
    _refusing: Vec<Refusing>,
}

impl Real {
    /// With Envoys of this version.
    pub fn new(version: Version) -> Real {
        Real { version, shared: RefCell::default() }
    }
}

impl Driver for Real {
    fn name(&self) -> &'static str {
        match self.version {
            Version::Current => "envoy",
            Version::Oldest => "oldest envoy",
            Version::InMesh => "mesh",
        }
    }

    fn leaves_out(&self, vector: &Vector) -> Option<String> {
        let retries = self.version == Version::InMesh && vector.exchanges.iter().any(|one| one.attempts.len() > 1);
        let one_attempt = || retries.then(|| "a request has one attempt there".to_owned());
        vector.not_on.get(self.name()).cloned().or_else(one_attempt)
    }

    fn cuts(&self, _: &Vector) -> Vec<Cut> {
        Vec::new()
    }

    fn start(&self, vector: &Vector) -> Box<dyn Gateway> {
        if vector.fails() {
            return Box::new(Rc::new(RefCell::new(Running::start(self.version, vector))));
        }
        let key = (vector.config(), vector.env.clone());
        let mut shared = self.shared.borrow_mut();
        if let Some((known, running)) = &*shared
            && *known == key
        {
            return Box::new(Rc::clone(running));
        }
        let running = Rc::new(RefCell::new(Running::start(self.version, vector)));
        *shared = Some((key, Rc::clone(&running)));
        Box::new(running)
    }
}

impl Running {
    fn start(version: Version, vector: &Vector) -> Running {
        let mut config = vector.config();
        let stage = Arc::new(Mutex::new(Stage::default()));
        let (mut targets, mut upstreams, mut refusing) = (Vec::new(), Vec::new(), Vec::new());
        let entries = config["targets"].as_object_mut().expect("targets");
        for (name, target) in entries {
            let address = if vector.refuses(name) {
                refusing.push(Refusing::start());
                refusing.last().map(Refusing::address)
            } else {
                upstreams.push(upstream(name, &stage));
                upstreams.last().map(Upstream::address)
            };
            let address = address.expect("it was just started");
            let url = target["base_url"].as_str().expect("a base_url").replace(&host(name), &address.to_string());
            target["base_url"] = url.into();
            targets.push((name.clone(), address));
        }
        let envoy = Envoy::start_version(version, &config, &vector.env);
        Running { envoy, stage, targets, exchanges: 0, _upstreams: upstreams, _refusing: refusing }
    }

    fn exchange(&mut self, request: &Request, mut script: Vec<Attempt>) -> Outcome {
        // Who takes no connection has no turn.
        script.retain(|attempt| !matches!(attempt.played, Played::Refuse));
        *self.stage.lock().unwrap() = Stage::new(script);
        let answer = self.envoy.connect().send(request);
        let mut seen = std::mem::take(&mut *self.stage.lock().unwrap()).into_seen();
        for (name, received) in &mut seen {
            let address =
                self.targets.iter().find(|(target, _)| target == name).map(|(_, address)| address.to_string());
            for (field, value) in &mut received.headers.0 {
                if field == "host" && Some(&*value) == address.as_ref() {
                    *value = host(name);
                }
            }
        }
        self.exchanges += 1;
        let receipt = self.envoy.access_log(self.exchanges).pop().expect("a line");
        Outcome { answer, seen, receipt, sees_refused: false }
    }
}

impl Gateway for Rc<RefCell<Running>> {
    fn exchange(&mut self, request: &Request, script: Vec<Attempt>) -> Outcome {
        self.borrow_mut().exchange(request, script)
    }

    fn wait(&mut self, _: u64) {
        panic!("a real Envoy has no clock to turn: say so in the vector's `not_on`");
    }
}

fn upstream(name: &str, stage: &Arc<Mutex<Stage>>) -> Upstream {
    let (name, stage) = (name.to_owned(), Arc::clone(stage));
    Upstream::start(move |received| match stage.lock().unwrap().play(&name, received) {
        Played::Reply(reply) => reply,
        Played::Refuse => panic!("a target that takes connections cannot refuse one"),
    })
}

/// The host that a vector's configuration gives a target.
fn host(target: &str) -> String {
    format!("{target}.test")
}
