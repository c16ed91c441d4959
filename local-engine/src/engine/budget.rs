//! How many prompt tokens a step may read while answers are being written:
//! as many as the machine reads in a set time, learned from the steps it takes.

use std::time::Duration;

/// What a step aims at while someone reads along: well under the half second that is promised, for the machine may be busy.
/// Shorter steps are no use to anyone: llama.cpp computes few tokens at hardly less cost than many.
const AIM: Duration = Duration::from_millis(300);
/// What it aims at while nobody does: who comes next has to wait for it.
const ALONE: Duration = Duration::from_millis(500);
/// The first guess, and the least.
const FIRST: usize = 32;
const LEAST: usize = 16;
/// How much faster than the step before a step is believed to have become.
const TRUST: f64 = 0.85;

/// Learns how fast prompts are read.
pub(super) struct Budget {
    fixed: Option<usize>,
    most: usize,
    /// Seconds for a token, once known.
    pace: Option<f64>,
}

impl Budget {
    pub(super) fn new(fixed: Option<usize>, most: usize) -> Self {
        Self { fixed, most, pace: None }
    }

    /// Prompt tokens for the next step.
    pub(super) fn tokens(&self, someone_reads: bool) -> usize {
        match (someone_reads, self.fixed) {
            (false, _) => self.within(ALONE, self.most),
            (true, Some(fixed)) => fixed.min(self.most),
            (true, None) => self.within(AIM, FIRST),
        }
    }

    fn within(&self, time: Duration, guess: usize) -> usize {
        let tokens = self.pace.map_or(guess, |pace| (time.as_secs_f64() / pace) as usize);
        tokens.max(LEAST).min(self.most)
    }

    /// A step that read `tokens` of prompts took `took`. A slow one is believed at once, for a step too long is felt;
    /// a fast one step by step.
    pub(super) fn learn(&mut self, tokens: usize, took: Duration) {
        if tokens < LEAST || took.is_zero() {
            return;
        }
        let pace = took.as_secs_f64() / tokens as f64;
        self.pace = Some(self.pace.map_or(pace, |before| pace.max(before * TRUST)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(budget: &mut Budget, per_token: Duration) {
        for _ in 0..32 {
            let tokens = budget.tokens(true);
            budget.learn(tokens, per_token * u32::try_from(tokens).unwrap());
        }
    }

    #[test]
    fn a_slow_machine_reads_in_small_bites() {
        let mut budget = Budget::new(None, 2048);
        settle(&mut budget, Duration::from_millis(5));
        assert_eq!(budget.tokens(true), 60);
    }

    #[test]
    fn a_fast_machine_reads_whole_batches() {
        let mut budget = Budget::new(None, 2048);
        settle(&mut budget, Duration::from_micros(5));
        assert_eq!(budget.tokens(true), 2048);
    }

    #[test]
    fn nothing_is_held_back_when_nobody_reads_along_but_for_whoever_comes_next() {
        let mut budget = Budget::new(Some(32), 2048);
        assert_eq!(budget.tokens(false), 2048);
        budget.learn(2048, Duration::from_secs(4));
        assert_eq!(budget.tokens(false), 256);
    }

    #[test]
    fn a_machine_that_is_busy_for_a_moment_is_not_trusted_at_once() {
        let mut budget = Budget::new(None, 2048);
        settle(&mut budget, Duration::from_millis(1));
        budget.learn(100, Duration::from_secs(1));
        assert_eq!(budget.tokens(true), 30);
        budget.learn(30, Duration::from_millis(30));
        assert!(budget.tokens(true) < 36);
        settle(&mut budget, Duration::from_millis(1));
        assert_eq!(budget.tokens(true), 300);
    }

    #[test]
    fn a_set_budget_stays_as_set() {
        let mut budget = Budget::new(Some(32), 2048);
        settle(&mut budget, Duration::from_micros(1));
        assert_eq!(budget.tokens(true), 32);
    }
}
