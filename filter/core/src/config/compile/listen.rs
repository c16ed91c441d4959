//! `listen`, `limits` and `timeouts`: ranges, and what would surprise whoever wrote them. They end in Envoy's
//! configuration, so nothing is compiled here.

use std::time::Duration;

use super::{check_file, check_range};
use crate::config::file::{File, Period};
use crate::config::problem::{Path, Problems};

pub(super) fn check(file: &File, problems: &mut Problems) {
    let listen = Path::root().key("listen");
    if let Some(tls) = &file.listen.tls {
        check_file(&listen.key("tls").key("cert"), &tls.cert, problems);
        check_file(&listen.key("tls").key("key"), &tls.key, problems);
    }
    if file.auth.anonymous && !file.listen.address.ip().is_loopback() {
        problems.warning(
            &listen.key("address"),
            "with `anonymous: true`, whoever reaches this address spends the targets' credentials",
            "listen on 127.0.0.1, or add `auth.keys` and remove `anonymous`",
        );
    }
    limits(file, problems);
    timeouts(file, problems);
}

fn limits(file: &File, problems: &mut Problems) {
    let at = Path::root().key("limits");
    let limits = &file.limits;
    let body = limits.max_request_bytes;
    let heap = limits.max_heap_bytes;
    let body_fits = check_range(&at.key("max_request_bytes"), body, 1 << 10, 1 << 30, problems);
    let heap_fits = check_range(&at.key("max_heap_bytes"), heap, 64 << 20, 1 << 40, problems);
    check_range(&at.key("max_response_bytes"), limits.max_response_bytes, 1 << 10, 1 << 30, problems);
    if !(1..=1_000_000).contains(&limits.max_connections) {
        let what = format!("{} is out of range", limits.max_connections);
        problems.error(&at.key("max_connections"), what, "write 1 to 1000000");
    }
    // A request is held by Envoy, by its retry buffer and by the module, and once more while it is rewritten.
    if body_fits && heap_fits && heap.0 < body.0.saturating_mul(4) {
        problems.error(
            &at.key("max_heap_bytes"),
            format!("one request of {body} could fill {heap}"),
            "write at least four times `max_request_bytes`",
        );
    }
}

fn timeouts(file: &File, problems: &mut Problems) {
    let at = Path::root().key("timeouts");
    connect_timeout(&at.key("connect"), file.timeouts.connect, problems);
    let day = Duration::from_secs(24 * 60 * 60);
    timeout(&at.key("first_byte"), file.timeouts.first_byte, day, "1ms to 24h", problems);
    timeout(&at.key("idle"), file.timeouts.idle, day, "1ms to 24h", problems);
}

/// Reports a time to connect that is out of range.
pub(super) fn connect_timeout(path: &Path, period: Period, problems: &mut Problems) {
    timeout(path, period, Duration::from_secs(600), "1ms to 10m", problems);
}

fn timeout(path: &Path, period: Period, most: Duration, range: &str, problems: &mut Problems) {
    if period.0 < Duration::from_millis(1) || period.0 > most {
        problems.error(path, "this is out of range", format!("write {range}"));
    }
}
