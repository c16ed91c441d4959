//! Every call to the host, and the only file that names one. A host that says no gives `None` or `false`, never a trap:
//! the SDK's own wrappers panic there, which would end every stream of the worker.

use dragoman_core::head::{Edit, Head};
use dragoman_core::refusal::LocalReply;
use dragoman_core::resting::Millis;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(map: u32, key: *const u8, key_size: usize, value: *const u8, size: usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, key: *const u8, key_size: usize) -> u32;
    fn proxy_get_buffer_bytes(buffer: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_buffer_bytes(buffer: u32, start: usize, old: usize, data: *const u8, size: usize) -> u32;
    fn proxy_get_property(path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, size: usize) -> u32;
    fn proxy_get_shared_data(key: *const u8, n: usize, data: *mut *mut u8, size: *mut usize, cas: *mut u32) -> u32;
    fn proxy_set_shared_data(key: *const u8, key_size: usize, value: *const u8, size: usize, cas: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        arguments: *const u8,
        arguments_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
}

const OK: u32 = 0;

/// A header map of the stream.
#[derive(Clone, Copy)]
pub(crate) enum Map {
    Request = 0,
    Response = 2,
}

/// A buffer.
#[derive(Clone, Copy)]
pub(crate) enum Buffer {
    Request = 0,
    Response = 1,
    PluginConfiguration = 7,
}

/// A kind of metric.
#[derive(Clone, Copy)]
pub(crate) enum Metric {
    Counter = 0,
    Histogram = 2,
}

/// Log levels in use.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Info = 2,
    Error = 4,
}

/// Writes a line to Envoy's log. Never content, never a secret.
pub(crate) fn log(level: Level, message: &str) {
    // SAFETY: the pointer and length are those of a live slice, here and in every call below.
    unsafe { proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// The host's clock.
pub(crate) fn now() -> Millis {
    let mut nanoseconds = 0;
    unsafe { proxy_get_current_time_nanoseconds(&mut nanoseconds) };
    nanoseconds / 1_000_000
}

/// Reads a head and shows it to `read`.
pub(crate) fn with_head<R>(map: Map, read: impl FnOnce(&Head<'_>) -> R) -> R {
    let bytes = given(|data, size| unsafe { proxy_get_header_map_pairs(map as u32, data, size) });
    let pairs = bytes.as_deref().and_then(pairs).unwrap_or_default();
    read(&Head(&pairs))
}

/// The pairs of a serialised map: a count, the lengths, then each name and value with a zero byte behind it.
fn pairs(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (count, rest) = word(bytes)?;
    let (mut lengths, mut text) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let (name_length, rest) = word(lengths)?;
        let (value_length, rest) = word(rest)?;
        let (name, behind) = text.split_at_checked(name_length)?;
        let (value, behind) = behind.get(1..)?.split_at_checked(value_length)?;
        pairs.push((name, value));
        (lengths, text) = (rest, behind.get(1..)?);
    }
    Some(pairs)
}

fn word(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (word, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*word) as usize, rest))
}

/// Makes changes to a head.
pub(crate) fn edit(map: Map, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Set(name, value) => unsafe {
                proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
            },
            Edit::Remove(name) => unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) },
        };
    }
}

/// Reads bytes of a buffer.
pub(crate) fn bytes(buffer: Buffer, start: usize, length: usize) -> Option<Vec<u8>> {
    if length == 0 {
        return Some(Vec::new());
    }
    given(|data, size| unsafe { proxy_get_buffer_bytes(buffer as u32, start, length, data, size) })
}

/// Puts `with` in the place of a buffer's first `length` bytes.
pub(crate) fn replace(buffer: Buffer, length: usize, with: &[u8]) -> bool {
    unsafe { proxy_set_buffer_bytes(buffer as u32, 0, length, with.as_ptr(), with.len()) == OK }
}

/// Reads a property. `path` has a zero byte between its parts.
pub(crate) fn property(path: &str) -> Option<Vec<u8>> {
    given(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) })
}

/// Sets filter state, which both stages and the access log see as `wasm.PATH`.
pub(crate) fn set_property(path: &str, value: &[u8]) -> bool {
    unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) == OK }
}

/// Reads what all workers share, and the token to replace it with.
pub(crate) fn shared(key: &str) -> (Option<Vec<u8>>, u32) {
    let mut cas = 0;
    let value = given(|data, size| unsafe { proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &mut cas) });
    (value, cas)
}

/// Replaces what all workers share, unless another did so since it was read.
pub(crate) fn set_shared(key: &str, value: &[u8], cas: u32) -> bool {
    unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas) == OK }
}

/// Defines a metric.
pub(crate) fn define(kind: Metric, name: &str) -> Option<u32> {
    let mut id = 0;
    let status = unsafe { proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &mut id) };
    (status == OK).then_some(id)
}

/// Adds to a counter.
pub(crate) fn increment(metric: u32, by: u64) {
    unsafe { proxy_increment_metric(metric, i64::try_from(by).unwrap_or(i64::MAX)) };
}

/// Adds a value to a histogram.
pub(crate) fn record(metric: u32, value: u64) {
    unsafe { proxy_record_metric(metric, value) };
}

/// Makes Envoy pick the route anew.
pub(crate) fn clear_route_cache() {
    let name = "clear_route_cache";
    given(|data, size| unsafe {
        proxy_call_foreign_function(name.as_ptr(), name.len(), std::ptr::null(), 0, data, size)
    });
}

/// What a gRPC client reads in place of any status: this gateway offers it nothing.
const GRPC_UNIMPLEMENTED: i32 = 12;

/// Answers the client.
pub(crate) fn reply(reply: &LocalReply) {
    let count = u32::try_from(reply.headers.len()).unwrap_or(0);
    let mut headers = count.to_le_bytes().to_vec();
    for (name, value) in &reply.headers {
        for text in [*name, value] {
            headers.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
        }
    }
    for (name, value) in &reply.headers {
        for text in [*name, value] {
            headers.extend_from_slice(text.as_bytes());
            headers.push(0);
        }
    }
    // No details: what has some is a reply of Envoy's own, which `local_reply_config` puts into words.
    let (details, body) = ("", reply.body.as_bytes());
    unsafe {
        proxy_send_local_response(
            u32::from(reply.status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            GRPC_UNIMPLEMENTED,
        )
    };
}

/// Takes over memory that a call made the host allocate here.
fn given(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Option<Vec<u8>> {
    let (mut data, mut size) = (std::ptr::null_mut::<u8>(), 0);
    if call(&mut data, &mut size) != OK {
        return None;
    }
    if data.is_null() {
        return Some(Vec::new());
    }
    // SAFETY: the host got `data` from this module's allocator, with `size` as its capacity, and wrote all of it.
    Some(unsafe { Vec::from_raw_parts(data, size, size) })
}
