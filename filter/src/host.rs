//! Every call to the host, and the only file that names one. A host that says no gives `None` or `false`, never a trap:
//! the SDK's own wrappers panic there, which would end every stream of the worker.

use std::cell::Cell;
use std::time::Duration;

use dragoman_core::head::{Edit, Head};
use dragoman_core::metrics::Kind;
use dragoman_core::refusal::LocalReply;
use dragoman_core::resting::Millis;
use dragoman_core::token::Ask;

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
    fn proxy_set_effective_context(id: u32) -> u32;
    fn proxy_continue_stream(direction: u32) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
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
    /// Of the answer to a call.
    Call = 6,
}

/// A buffer.
#[derive(Clone, Copy)]
pub(crate) enum Buffer {
    Request = 0,
    Response = 1,
    /// Of the answer to a call.
    Call = 4,
    PluginConfiguration = 7,
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

/// Makes changes to a head; whether it was within reach.
pub(crate) fn edit(map: Map, edits: &[Edit]) -> bool {
    let made = |edit: &Edit| match edit {
        Edit::Set(name, value) => unsafe {
            proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
        },
        Edit::Remove(name) => unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) },
    };
    edits.iter().all(|edit| made(edit) == OK)
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

/// Puts pieces, which may be long, in the place of a request's first `length` bytes; with `None` nothing is done.
pub(crate) fn replace_beginning(length: usize, pieces: Option<&[&[u8]]>) -> bool {
    /// The host makes each call's bytes a piece of its buffer. It takes memory for longer ones from the kernel, page by
    /// page, and gives it back.
    const LONGEST: usize = 64 << 10;
    let Some(pieces) = pieces else { return false };
    if pieces.iter().map(|piece| piece.len()).sum::<usize>() <= LONGEST {
        return replace(Buffer::Request, length, &pieces.concat());
    }
    // A host puts things only in front, or behind all.
    let last_first = pieces.iter().rev().flat_map(|piece| piece.rchunks(LONGEST));
    replace(Buffer::Request, length, &[]) && last_first.into_iter().all(|piece| replace(Buffer::Request, 0, piece))
}

/// Reads a property. `path` has a zero byte between its parts.
pub(crate) fn property(path: &str) -> Option<Vec<u8>> {
    given(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) })
}

/// The same where it is text.
pub(crate) fn text_property(path: &str) -> Option<String> {
    property(path).and_then(|value| String::from_utf8(value).ok())
}

/// Sets filter state, which both stages and the access log see as `wasm.PATH`.
pub(crate) fn set_property(path: &str, value: &[u8]) -> bool {
    unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) == OK }
}

/// Reads what all workers share; nothing is empty.
pub(crate) fn shared(key: &str) -> Vec<u8> {
    versioned(key).0
}

/// Replaces what all workers share by what `change` makes of it, unless that is nothing. Where another worker was quicker,
/// it is asked again; one that loses too often gives up: what is shared is advice.
pub(crate) fn update(key: &str, mut change: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> bool {
    const TRIES: usize = 8;
    for _ in 0..TRIES {
        let (old, cas) = versioned(key);
        let Some(new) = change(&old) else {
            return false;
        };
        let status = unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), new.as_ptr(), new.len(), cas) };
        if status == OK {
            return true;
        }
    }
    false
}

fn versioned(key: &str) -> (Vec<u8>, u32) {
    let mut cas = 0;
    let value = given(|data, size| unsafe { proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &mut cas) });
    (value.unwrap_or_default(), cas)
}

/// Defines a metric.
pub(crate) fn define(kind: Kind, name: &str) -> Option<u32> {
    const COUNTER: u32 = 0;
    const HISTOGRAM: u32 = 2;
    let kind = match kind {
        Kind::Counter => COUNTER,
        Kind::Histogram => HISTOGRAM,
    };
    let mut id = 0;
    let status = unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &mut id) };
    (status == OK).then_some(id)
}

/// Adds a value to a metric.
pub(crate) fn feed(kind: Kind, metric: u32, value: u64) {
    match kind {
        Kind::Counter => unsafe { proxy_increment_metric(metric, i64::try_from(value).unwrap_or(i64::MAX)) },
        Kind::Histogram => unsafe { proxy_record_metric(metric, value) },
    };
}

/// Makes changes to a request's head, and Envoy pick the route anew: for this version of the ABI any change sees to that.
pub(crate) fn edit_and_route(edits: &[Edit]) -> bool {
    if edits.is_empty() {
        clear_route_cache();
    }
    edit(Map::Request, edits)
}

fn clear_route_cache() {
    let name = "clear_route_cache";
    given(|data, size| unsafe {
        proxy_call_foreign_function(name.as_ptr(), name.len(), std::ptr::null(), 0, data, size)
    });
}

/// Lets what follows in this callback be done for the stream with this id.
pub(crate) fn act_for(id: u32) -> bool {
    unsafe { proxy_set_effective_context(id) == OK }
}

/// Lets a request go on that was held.
pub(crate) fn resume_request() {
    unsafe { proxy_continue_stream(0) };
}

/// Makes changes to a request's head that this stream holds, and lets it go, in a callback of that one's.
pub(crate) fn edit_and_resume(holder: u32, this: u32, edits: &[Edit]) -> bool {
    let changed = act_for(holder) && edit_and_route(edits);
    if changed {
        resume_request();
    }
    act_for(this) && changed
}

/// The same with an answer's, which goes whatever comes of it.
pub(crate) fn edit_and_resume_response(holder: u32, this: u32, edits: &[Edit]) {
    act_for(holder);
    edit(Map::Response, edits);
    unsafe { proxy_continue_stream(1) };
    act_for(this);
}

/// Calls every so often, from the next period on.
pub(crate) fn tick_every(period: Millis) {
    unsafe { proxy_set_tick_period_milliseconds(u32::try_from(period).unwrap_or(u32::MAX)) };
}

thread_local! {
    /// Whether the next tick is to come at once.
    static HURRIED: Cell<bool> = const { Cell::new(false) };
}

/// Has the next tick come at once. Who asks for it meanwhile does not put it off.
pub(crate) fn hurry_tick() {
    if !HURRIED.replace(true) {
        tick_every(1);
    }
}

/// Has ticks come every so often again (never, for 0), if one was hurried.
pub(crate) fn calm_ticks(period: Millis) {
    if HURRIED.take() {
        tick_every(period);
    }
}

/// Sends a request; the number under which its answer will come. The SDK has to know of it, for it hands the answer
/// over, and panics at one that it does not know.
pub(crate) fn call(cluster: &str, Ask { head, body }: Ask<'_>, timeout: Millis) -> Option<u32> {
    let body = Some(body.as_bytes()).filter(|body| !body.is_empty());
    proxy_wasm::hostcalls::dispatch_http_call(cluster, head, body, Vec::new(), Duration::from_millis(timeout)).ok()
}

/// A map as the host reads it.
fn serialised(pairs: &[(&str, &str)]) -> Vec<u8> {
    let word = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
    let mut bytes = word(pairs.len()).to_vec();
    for (name, value) in pairs {
        bytes.extend_from_slice(&word(name.len()));
        bytes.extend_from_slice(&word(value.len()));
    }
    for (name, value) in pairs {
        for text in [name, value] {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
    }
    bytes
}

/// What a gRPC client reads in place of any status: this gateway offers it nothing.
const GRPC_UNIMPLEMENTED: i32 = 12;

/// Answers the client.
pub(crate) fn reply(reply: &LocalReply) {
    let pairs: Vec<(&str, &str)> = reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let headers = serialised(&pairs);
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
