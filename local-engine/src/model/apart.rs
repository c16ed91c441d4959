//! Work that may take long is done apart, so that it keeps nobody else's answer waiting: the runtime has few threads.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// Does it where other tasks of this thread go on meanwhile. A runtime of one thread, as tests have, just waits.
pub(super) fn apart<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}
