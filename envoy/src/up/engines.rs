//! The engines beside Envoy: started with it, and started again when one ends by itself, each time a little later.
//! Until then its target refuses connections, and routes fail over. An engine that never came to listen is an error.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::service::Service;
use super::{is_free, say};
use crate::configuration::Configured;
use crate::engine::{self, Engine};

/// The wait before the first new start, doubled by each further one up to the last.
const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_secs(30);

/// An engine that has run for so long is well again.
const WELL: Duration = Duration::from_secs(60);

/// Nobody who listens takes longer to take a connection on this machine.
const CONNECT: Duration = Duration::from_secs(1);

/// The engines of a configuration.
pub(super) struct Engines {
    program: PathBuf,
    secrets: BTreeMap<String, String>,
    watched: Vec<Watched>,
}

struct Watched {
    engine: Engine,
    state: State,
    /// Whether it has ever listened.
    listened: bool,
    /// How often it has ended by itself since it was last well.
    ends: u32,
}

enum State {
    Runs { service: Service, since: Instant },
    Waits { until: Instant },
}

impl Engines {
    /// Starts them.
    pub(super) fn start(configured: &Configured, program: Option<&Path>) -> Result<Engines, String> {
        let secrets = configured.environment.clone();
        let here = || configured.engines.iter().filter(|engine| engine.elsewhere.is_none());
        if here().next().is_none() {
            return Ok(Engines { program: PathBuf::new(), secrets, watched: Vec::new() });
        }
        let program = engine::find(program)?;
        let start = |engine: &Engine| {
            is_free(engine.listen, &format!("change `base_url` of the target `{}`", engine.target))?;
            let state = State::run(engine, &program, &secrets)?;
            Ok(Watched { engine: engine.clone(), state, listened: false, ends: 0 })
        };
        let watched: Result<Vec<Watched>, String> = here().map(start).collect();
        Ok(Engines { watched: watched?, program, secrets })
    }

    /// Whether each has come to listen.
    pub(super) fn listen(&mut self) -> bool {
        for watched in &mut self.watched {
            watched.listened |= TcpStream::connect_timeout(&watched.engine.listen, CONNECT).is_ok();
        }
        self.watched.iter().all(|watched| watched.listened)
    }

    /// Starts those again that have ended.
    pub(super) fn look(&mut self) -> Result<(), String> {
        self.watched.iter_mut().try_for_each(|watched| watched.look(&self.program, &self.secrets))
    }
}

impl Watched {
    fn look(&mut self, program: &Path, secrets: &BTreeMap<String, String>) -> Result<(), String> {
        match &mut self.state {
            State::Runs { service, since } => {
                let Some(status) = service.ended() else {
                    if since.elapsed() > WELL {
                        self.ends = 0;
                    }
                    return Ok(());
                };
                let target = &self.engine.target;
                if !self.listened {
                    return Err(format!("the engine of target `{target}` ended before it listened: {status}"));
                }
                let wait = (FIRST * 2_u32.pow(self.ends.min(16))).min(LAST);
                self.ends += 1;
                say(&format!(
                    "the engine of target `{target}` stopped by itself: {status}; it is started again in {} ms",
                    wait.as_millis()
                ));
                self.state = State::Waits { until: Instant::now() + wait };
            }
            State::Waits { until } if *until <= Instant::now() => {
                self.state = State::run(&self.engine, program, secrets)?;
            }
            State::Waits { .. } => {}
        }
        Ok(())
    }
}

impl State {
    fn run(engine: &Engine, program: &Path, secrets: &BTreeMap<String, String>) -> Result<State, String> {
        let service = Service::start("local-engine", engine.command(program, secrets))
            .map_err(|error| format!("{} does not run: {error}", program.display()))?;
        Ok(State::Runs { service, since: Instant::now() })
    }
}
