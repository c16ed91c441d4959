//! Ends this process when a grammar's work does not end. Some grammars stand for more states than there is memory or time for,
//! no bound on their text tells which, and nothing stops llama.cpp within a step. The supervisor starts the model again.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// No grammar of use takes a hundredth of this for a token.
const LIMIT: Duration = Duration::from_secs(5);

/// What is being done, by number, and since when.
static RUNNING: Mutex<BTreeMap<u64, Instant>> = Mutex::new(BTreeMap::new());

/// Does work that must end in time.
pub(super) fn within<T>(work: impl FnOnce() -> T) -> T {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| drop(thread::Builder::new().name("deadline".into()).spawn(watch)));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    running(|running| running.insert(number, Instant::now()));
    let done = work();
    running(|running| running.remove(&number));
    done
}

fn running<T>(look: impl FnOnce(&mut BTreeMap<u64, Instant>) -> T) -> Option<T> {
    RUNNING.lock().ok().map(|mut running| look(&mut running))
}

fn watch() {
    loop {
        thread::sleep(LIMIT / 10);
        if running(|running| running.values().any(|since| since.elapsed() > LIMIT)) == Some(true) {
            tracing::error!("a grammar's work does not end; the model's process ends instead");
            std::process::exit(1);
        }
    }
}
