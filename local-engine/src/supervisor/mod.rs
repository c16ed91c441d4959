//! One process supervises, and a worker process for each model serves: what ends one ends nobody else.
//! Models are loaded when they are asked for, and unloaded when they are idle or their memory is needed.

mod merge;
mod place;
mod proxy;
mod routes;
pub mod worker;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use prometheus_client::{metrics::counter::Counter, registry::Registry};

pub use routes::router;

use crate::{api::ApiError, serve::Service, settings::Settings};
use place::{Busy, Place};
use proxy::Connection;
use worker::{StartFailed, Worker};

/// How often workers are looked after.
const LOOK: Duration = Duration::from_millis(250);

/// The models, and the workers that serve them.
pub struct Supervisor {
    places: BTreeMap<String, Arc<Place>>,
    stopping: AtomicBool,
    registry: Registry,
    loads: Counter,
    restarts: Counter,
}

impl Supervisor {
    /// Over these models. Nothing is loaded yet.
    #[must_use]
    pub fn new(models: Vec<Settings>) -> Arc<Self> {
        let (loads, restarts) = (Counter::default(), Counter::default());
        let mut registry = Registry::with_prefix("local_engine");
        registry.register("model_loads", "Models loaded", loads.clone());
        registry.register("worker_restarts", "Workers that ended unasked and were started again", restarts.clone());
        let places =
            models.into_iter().map(|settings| (settings.name.clone(), Arc::new(Place::new(settings)))).collect();
        Arc::new(Self { places, stopping: AtomicBool::new(false), registry, loads, restarts })
    }

    /// Loads what is to be loaded at the start, then looks after the workers for ever.
    pub async fn tend(self: Arc<Self>) {
        for place in self.places.values().filter(|place| place.settings.preload) {
            self.load_and_log(place).await;
        }
        loop {
            tokio::time::sleep(LOOK).await;
            if self.stopping() {
                return;
            }
            for place in self.places.values() {
                if place.lost() {
                    self.load_and_log(place).await;
                } else if place.stale() {
                    place.unload().await;
                }
            }
        }
    }

    /// Whether requests are taken, and what is to be loaded at the start is.
    #[must_use]
    pub fn ready(&self) -> bool {
        let waits = |place: &Arc<Place>| place.settings.preload && !place.loaded();
        !self.stopping() && !self.places.values().any(waits)
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    async fn load_and_log(self: &Arc<Self>, place: &Arc<Place>) {
        if self.worker(place).await.is_err() {
            tracing::error!(model = place.settings.name, "the model is not loaded; it is tried again");
        }
    }

    /// The model of this name; the only one there is when none is named.
    fn named(&self, name: Option<&str>) -> Result<&Arc<Place>, ApiError> {
        let names = || self.places.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let mut places = self.places.values();
            return match (places.next(), places.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(ApiError::invalid("model", format!("is missing; it must be one of: {}", names()))),
            };
        };
        self.places
            .values()
            .find(|place| place.settings.is_called(name))
            .ok_or_else(|| ApiError::no_model(format!("there is no model `{name}`; there are: {}", names())))
    }

    /// A connection to a model's worker. A worker that has just ended took nothing in, so the next one is asked.
    async fn connection(self: &Arc<Self>, place: &Arc<Place>) -> Result<Connection, ApiError> {
        let worker = self.worker(place).await?;
        if let Ok(connection) = Connection::to(worker).await {
            return Ok(connection);
        }
        Connection::to(self.worker(place).await?).await
    }

    /// A model's worker, loaded if it is not. Requests that come while it loads wait for the same load, which goes on when
    /// they leave: a model that takes longer than its clients wait would never be there.
    async fn worker(self: &Arc<Self>, place: &Arc<Place>) -> Result<Arc<Worker>, ApiError> {
        if self.stopping() {
            return Err(ApiError::unavailable("the engine is stopping", Duration::from_secs(5)));
        }
        if let Some(worker) = place.alive(&mut *place.seat.lock().await) {
            return Ok(worker);
        }
        let (supervisor, place) = (Arc::clone(self), Arc::clone(place));
        let load = tokio::spawn(async move { supervisor.load(&place).await });
        load.await.unwrap_or_else(|_| Err(ApiError::failed("the model could not be loaded")))
    }

    async fn load(&self, place: &Arc<Place>) -> Result<Arc<Worker>, ApiError> {
        let _busy = Busy::new(place);
        let mut seat = place.seat.lock().await;
        if let Some(worker) = place.alive(&mut seat) {
            return Ok(worker);
        }
        if seat.lost {
            self.restarts.inc();
        }
        place.rest().await;
        loop {
            match Worker::start(&place.settings).await {
                Ok(worker) => {
                    self.loads.inc();
                    return Ok(place.sit(&mut seat, worker));
                }
                Err(StartFailed::Memory { .. }) if self.evict(place).await => {}
                Err(StartFailed::Unbuilt(reason)) => return Err(ApiError::unbuilt("model", reason)),
                Err(failed) => {
                    place.failed();
                    tracing::error!(model = place.settings.name, reason = %failed, "a model could not be loaded");
                    return Err(ApiError::unavailable(failed.to_string(), place.back_off()));
                }
            }
        }
    }

    /// Unloads the model that was longest of no use, if one may be. Never one that is busy or pinned.
    async fn evict(&self, wanted: &Arc<Place>) -> bool {
        let others =
            self.places.values().filter(|place| !Arc::ptr_eq(place, wanted) && place.loaded() && place.spare());
        match others.min_by_key(|place| place.used()) {
            Some(place) => place.unload().await,
            None => false,
        }
    }
}

impl Service for Supervisor {
    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    fn cut(&self) {
        for place in self.places.values() {
            place.cut();
        }
    }

    fn occupied(&self) -> usize {
        self.places.values().map(|place| place.busy()).sum()
    }
}
