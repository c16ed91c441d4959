//! What an engine works within.

/// What an engine works within.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests that run side by side.
    pub parallel: usize,
    /// Requests that may wait.
    pub queue: usize,
    /// The most tokens of one request.
    pub context: usize,
    /// Tokens the memory holds.
    pub cells: usize,
    /// Sequences the memory tells apart.
    pub sequences: usize,
    /// Prompt tokens in one step.
    pub step: usize,
    /// Prompt tokens in one step while others generate; `None` adapts.
    pub prefill_budget: Option<usize>,
    /// Tokens of ended requests that are kept.
    pub cached: usize,
    /// Whether each sequence has a memory of its own: to share is then to copy, and neighbours are evaluated together.
    pub apart: bool,
}
