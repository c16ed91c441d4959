//! The engine's thread: who runs, what is evaluated next, and what is remembered afterwards.
//! Each step evaluates one token of every answer being written, then as much of the prompts as the budget allows.
//! Memory for a request's whole answer is set aside before it runs, so no request can take it from another.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, mpsc},
    time::Instant,
};

use super::{
    Command, Job, Limits,
    budget::Budget,
    channel::{Done, Finish, Timings},
    prefix::{Prefixes, alike},
    sequence::Sequence,
    stats::Stats,
};
use crate::{
    model::{EvaluateFailed, Evaluator, Model, Row, SeqId},
    text::Chunk,
};

/// A remembered start shorter than this is not worth sharing.
const WORTH: usize = 16;
/// Memory that a new request may take from an ended one rather than copy what both start with.
const TAIL: usize = 64;
/// A request waits for another's prompt when that will spare it so many tokens.
const WORTH_WAITING: usize = 64;

pub(super) struct Scheduler<'model> {
    evaluator: &'model mut dyn Evaluator,
    model: Arc<dyn Model>,
    limits: Limits,
    stats: Arc<Stats>,
    budget: Budget,
    waiting: VecDeque<(Instant, Box<Job>)>,
    running: Vec<Sequence>,
    /// What running prompts and ended requests hold.
    prefixes: Prefixes,
    /// Sequences of ended requests.
    idle: BTreeSet<SeqId>,
    free: Vec<SeqId>,
    rows: Vec<Row>,
    /// Whether the last step went to the shortest prompts.
    turn: bool,
}

impl<'model> Scheduler<'model> {
    pub(super) fn new(
        evaluator: &'model mut dyn Evaluator,
        model: Arc<dyn Model>,
        limits: Limits,
        stats: Arc<Stats>,
    ) -> Self {
        let sequences = SeqId::try_from(limits.sequences).unwrap_or(SeqId::MAX);
        Self {
            evaluator,
            model,
            limits,
            stats,
            budget: Budget::new(limits.prefill_budget, limits.step),
            waiting: VecDeque::new(),
            running: Vec::new(),
            prefixes: Prefixes::default(),
            idle: BTreeSet::new(),
            free: (0..sequences).rev().collect(),
            rows: Vec::new(),
            turn: false,
        }
    }

    /// Serves until every handle is gone.
    pub(super) fn run(mut self, inbox: &mpsc::Receiver<Command>) {
        let mut worked = false;
        loop {
            if !worked {
                match inbox.recv() {
                    Ok(command) => self.take(command),
                    Err(mpsc::RecvError) => return,
                }
            }
            while let Ok(command) = inbox.try_recv() {
                self.take(command);
            }
            self.reap();
            self.admit();
            worked = self.step();
            self.report();
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Run(job) => self.waiting.push_back((Instant::now(), job)),
            Command::Look => self.running.iter_mut().for_each(Sequence::resume),
            Command::Cut => self.cut(),
        }
    }

    fn cut(&mut self) {
        for (_, job) in self.waiting.drain(..) {
            job.outbox.done(Done {
                rest: Chunk::default(),
                finish: Finish::Cut,
                tokens: 0,
                timings: Timings::default(),
            });
        }
        while !self.running.is_empty() {
            self.end(0, Finish::Cut, Chunk::default());
        }
    }

    /// Lets go of requests whose readers have left.
    fn reap(&mut self) {
        self.waiting.retain(|(_, job)| !job.outbox.gone());
        let mut index = 0;
        while let Some(sequence) = self.running.get(index) {
            if sequence.gone() {
                self.end(index, Finish::Stop(None), Chunk::default());
            } else {
                index += 1;
            }
        }
    }

    /// Starts waiting requests, first come first served, but for those that gain by waiting.
    fn admit(&mut self) {
        let mut index = 0;
        while self.running.len() < self.limits.parallel {
            let Some((_, job)) = self.waiting.get(index) else {
                return;
            };
            if self.better_later(job) {
                index += 1;
                continue;
            }
            let reserved = (job.request.prompt.len() + job.request.max_tokens).min(self.limits.context);
            if self.reserved() + reserved > self.limits.cells {
                return;
            }
            let Some((since, job)) = self.waiting.remove(index) else {
                return;
            };
            let Some((seq, cached)) = self.seat(&job) else {
                return;
            };
            let queued = since.elapsed();
            self.stats.queue_seconds.observe(queued.as_secs_f64());
            self.stats.prompt_tokens.inc_by(job.request.prompt.len() as u64);
            self.stats.cached_tokens.inc_by(cached as u64);
            self.running.push(Sequence::new(*job, seq, cached, reserved, queued));
            self.make_room();
        }
    }

    /// Whether a prompt being read right now will spare this one much.
    fn better_later(&self, job: &Job) -> bool {
        if !self.remembers(job.request.reuse) {
            return false;
        }
        let now = self.prefixes.longest(&job.request.prompt).map_or(0, |(_, length)| length);
        let reading = self.running.iter().filter(|sequence| !sequence.generates() && sequence.reuse);
        reading.map(|sequence| alike(&sequence.tokens, &job.request.prompt)).any(|later| later >= now + WORTH_WAITING)
    }

    fn remembers(&self, reuse: bool) -> bool {
        reuse && self.model.facts().rewinds
    }

    fn reserved(&self) -> usize {
        self.running.iter().map(|sequence| sequence.reserved).sum()
    }

    /// A sequence for a request, and how much of its prompt that already holds.
    fn seat(&mut self, job: &Job) -> Option<(SeqId, usize)> {
        // The last token is always evaluated: its logits choose the first of the answer.
        let start = job.request.prompt.split_last().map_or(&[][..], |(_, start)| start);
        let found = if self.remembers(job.request.reuse) { self.prefixes.longest(start) } else { None };
        let Some((source, length)) = found.filter(|(_, length)| *length >= WORTH) else {
            return self.vacant(None).map(|seq| (seq, 0));
        };
        self.prefixes.touch(source);
        let tail = self.prefixes.length(source) - length;
        let worthless = if self.limits.apart { TAIL } else { 0 };
        if self.idle.contains(&source) && tail <= worthless {
            return Some(self.take_over(source, length));
        }
        match self.vacant(Some(source)) {
            Some(seq) if self.evaluator.share(source, seq, length) => Some((seq, length)),
            Some(seq) => {
                self.evaluator.truncate(seq, 0);
                Some((seq, 0))
            }
            // Only the source itself is left to sit on.
            None => Some(self.take_over(source, length)),
        }
    }

    /// Sits on an ended request's sequence, and forgets what differs.
    fn take_over(&mut self, source: SeqId, length: usize) -> (SeqId, usize) {
        self.idle.remove(&source);
        let whole = self.prefixes.length(source) == length;
        self.prefixes.remove(source);
        if whole || self.evaluator.truncate(source, length) {
            return (source, length);
        }
        self.evaluator.truncate(source, 0);
        (source, 0)
    }

    /// An empty sequence, by forgetting the stalest if need be, but not `keep`. Where each has a memory of its own only
    /// neighbours are evaluated together, so one beside those that run comes first.
    fn vacant(&mut self, keep: Option<SeqId>) -> Option<SeqId> {
        let running: Vec<SeqId> = self.running.iter().map(|sequence| sequence.seq).collect();
        let remote = |seq: SeqId| {
            self.limits.apart && !running.is_empty() && !running.iter().any(|other| (other - seq).abs() == 1)
        };
        let free = self.free.iter().map(|seq| (remote(*seq), None, *seq));
        let idle = self.idle.iter().filter(|seq| Some(**seq) != keep);
        let idle = idle.map(|seq| (remote(*seq), Some(self.prefixes.used(*seq)), *seq));
        let (_, used, seq) = free.chain(idle).min()?;
        if used.is_some() {
            self.forget(seq);
        }
        self.free.retain(|free| *free != seq);
        Some(seq)
    }

    /// Forgets ended requests until the memory can hold all that is promised, and no more is kept than may be.
    fn make_room(&mut self) {
        loop {
            let kept: usize = self.idle.iter().map(|seq| self.prefixes.length(*seq)).sum();
            if kept <= self.limits.cached && kept + self.reserved() <= self.limits.cells {
                return;
            }
            let idle = &self.idle;
            let Some(stalest) = self.prefixes.stalest(|seq| idle.contains(&seq)) else {
                return;
            };
            self.forget(stalest);
        }
    }

    fn forget(&mut self, seq: SeqId) {
        self.prefixes.remove(seq);
        self.idle.remove(&seq);
        self.evaluator.truncate(seq, 0);
        self.free.push(seq);
    }

    /// Evaluates what is next. False when there is nothing to do.
    fn step(&mut self) -> bool {
        let (shares, prompts) = self.shares();
        if shares.is_empty() {
            return false;
        }
        self.rows.clear();
        // For each sequence in the batch: its place in `running`, its tokens in the batch, its last row.
        let mut part: Vec<(usize, usize, usize)> = Vec::new();
        for (index, share) in shares {
            if let Some(sequence) = self.running.get(index) {
                sequence.extend(&mut self.rows, share);
                part.push((index, share, self.rows.len() - 1));
            }
        }
        let began = Instant::now();
        match self.evaluator.evaluate(&self.rows) {
            Ok(()) => {
                self.budget.learn(prompts, began.elapsed());
                self.advance(&part);
            }
            Err(failed) => self.recover(failed, &part),
        }
        true
    }

    /// Who has how many tokens in the next step, by place in `running` and in their sequences' order; and how many of all
    /// these are of prompts. The shortest prompt comes first, but for every other step, which is the oldest one's. One that
    /// would not be read to its end has a step to itself: sequences with memories of their own are evaluated together only as
    /// far as their shares are alike.
    fn shares(&mut self) -> (Vec<(usize, usize)>, usize) {
        let places = || self.running.iter().enumerate();
        let writes = places().filter(|(_, sequence)| sequence.generates() && !sequence.paused);
        let mut shares: Vec<(usize, usize)> = writes.map(|(index, _)| (index, 1)).collect();
        let reads = places().filter(|(_, sequence)| !sequence.generates());
        let mut prompts: Vec<(usize, usize)> =
            reads.map(|(index, sequence)| (index, sequence.unread().len())).collect();
        self.turn = !self.turn;
        if self.turn {
            prompts.sort_by_key(|(_, unread)| *unread);
        }
        let room = self.budget.tokens(!shares.is_empty()).min(self.limits.step);
        let mut read = 0;
        for (index, unread) in prompts {
            if read > 0 && read + unread > room {
                break;
            }
            let share = unread.min(room);
            shares.push((index, share));
            read += share;
        }
        shares.sort_by_key(|(index, _)| self.running.get(*index).map(|sequence| sequence.seq));
        (shares, read)
    }

    /// Chooses the next tokens of those whose last unread token was evaluated.
    fn advance(&mut self, part: &[(usize, usize, usize)]) {
        let mut ended = Vec::new();
        for &(index, read, row) in part {
            let Some(sequence) = self.running.get_mut(index) else {
                continue;
            };
            if !sequence.read(read) {
                continue;
            }
            if !sequence.generates() && sequence.reuse {
                self.prefixes.insert(sequence.seq, sequence.tokens.clone());
            }
            let outcome = sequence.advance(&*self.model, self.evaluator.logits(row));
            self.stats.answer_tokens.inc();
            let (took, first) = sequence.tick();
            let histogram = if first { &self.stats.first_token_seconds } else { &self.stats.between_tokens_seconds };
            histogram.observe(took.as_secs_f64());
            ended.extend(outcome.map(|(finish, rest)| (index, finish, rest)));
        }
        // From the back, so that earlier places stay true.
        ended.sort_by_key(|(index, ..)| std::cmp::Reverse(*index));
        for (index, finish, rest) in ended {
            self.end(index, finish, rest);
        }
    }

    /// A full memory gives up what is kept, then the youngest request; any other failure loses those in the batch.
    fn recover(&mut self, failed: EvaluateFailed, part: &[(usize, usize, usize)]) {
        tracing::error!(%failed, rows = self.rows.len(), "a step failed");
        if failed == EvaluateFailed::Full && !self.idle.is_empty() {
            for seq in std::mem::take(&mut self.idle) {
                self.forget(seq);
            }
            return;
        }
        let reason = Finish::Failed(failed.to_string());
        if failed == EvaluateFailed::Full {
            self.lose(self.running.len().saturating_sub(1), reason);
            return;
        }
        let mut lost: Vec<usize> = part.iter().map(|(index, ..)| *index).collect();
        lost.sort_unstable();
        for index in lost.into_iter().rev() {
            self.lose(index, reason.clone());
        }
    }

    /// Ends a request and keeps nothing of it.
    fn lose(&mut self, index: usize, finish: Finish) {
        if let Some(sequence) = self.running.get_mut(index) {
            sequence.reuse = false;
        }
        self.end(index, finish, Chunk::default());
    }

    /// Ends a request and keeps what it holds for others, if it may be kept.
    fn end(&mut self, index: usize, finish: Finish, rest: Chunk) {
        if index >= self.running.len() {
            return;
        }
        let sequence = self.running.remove(index);
        let (seq, reuse) = (sequence.seq, sequence.reuse);
        let reason = match &finish {
            _ if sequence.gone() => "gone",
            Finish::Stop(_) => "stop",
            Finish::Length => "length",
            Finish::Cut => "cut",
            Finish::Failed(_) => "failed",
        };
        self.stats.ended(reason, sequence.ran());
        let read = sequence.finish(finish, rest);
        if !self.remembers(reuse) || read.len() < WORTH {
            self.forget(seq);
            return;
        }
        let idle = &self.idle;
        for covered in self.prefixes.covered(&read, |seq| idle.contains(&seq)) {
            self.forget(covered);
        }
        self.prefixes.insert(seq, read);
        self.idle.insert(seq);
        self.make_room();
    }

    fn report(&self) {
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.stats.running.set(gauge(self.running.len()));
        self.stats.waiting.set(gauge(self.waiting.len()));
        self.stats.reserved.set(gauge(self.reserved()));
        self.stats.kept.set(gauge(self.idle.iter().map(|seq| self.prefixes.length(*seq)).sum()));
    }
}
