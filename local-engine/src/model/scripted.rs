//! A model whose next token is decided by a script, for tests of everything above the seam.
//! Its text is bytes: token 0 ends an answer, token n is byte n - 1. It answers a prompt `…<text>` with the text in the brackets,
//! for ever if that ends in `*`, and it fails the test when a sequence is not what it was told to be.

use std::{collections::BTreeMap, sync::Arc};

use super::{EvaluateFailed, Evaluator, Facts, Model, Row, Sampler, SamplerFailed, SamplerRefused, SeqId, Token};
use crate::sampling::Sampling;

/// The shared part.
pub(crate) struct Script {
    facts: Facts,
}

impl Script {
    pub(crate) fn new() -> Arc<Self> {
        let facts = Facts { vocabulary: 257, trained_context: 4096, rewinds: true, ..Facts::default() };
        Arc::new(Self { facts })
    }
}

impl Model for Script {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn tokenize(&self, text: &str, _special: bool, _markup: bool) -> Vec<Token> {
        text.bytes().map(|byte| Token::from(byte) + 1).collect()
    }

    fn piece(&self, token: Token, _markup: bool) -> Vec<u8> {
        u8::try_from(token - 1).into_iter().collect()
    }

    fn ends(&self, token: Token) -> bool {
        token == 0
    }

    fn sampler(&self, _wish: &Sampling, _prompt: &[Token]) -> Result<Box<dyn Sampler>, SamplerRefused> {
        Ok(Box::new(Likeliest))
    }
}

/// Takes the likeliest token.
pub(crate) struct Likeliest;

impl Sampler for Likeliest {
    fn pick(&mut self, logits: &[f32]) -> Result<Token, SamplerFailed> {
        let best = (0..).zip(logits).max_by(|one, other| one.1.total_cmp(other.1));
        best.map(|(token, _)| token).ok_or(SamplerFailed)
    }
}

/// The part that the engine's thread owns. It keeps every sequence's tokens and checks each row against them.
pub(crate) struct Player {
    pub(crate) sequences: BTreeMap<SeqId, Vec<Token>>,
    pub(crate) cells: usize,
    pub(crate) steps: Vec<usize>,
    /// Whose prompts were read to their end, in that order.
    pub(crate) read: Vec<SeqId>,
    /// How often something was shared.
    pub(crate) shared: usize,
    logits: BTreeMap<usize, Vec<f32>>,
}

impl Player {
    pub(crate) fn new(cells: usize) -> Self {
        Self {
            sequences: BTreeMap::new(),
            cells,
            steps: Vec::new(),
            read: Vec::new(),
            shared: 0,
            logits: BTreeMap::new(),
        }
    }
}

impl Evaluator for Player {
    fn evaluate(&mut self, rows: &[Row]) -> Result<(), EvaluateFailed> {
        let held: usize = self.sequences.values().map(Vec::len).sum();
        if held + rows.len() > self.cells {
            return Err(EvaluateFailed::Full);
        }
        assert!(rows.is_sorted_by_key(|row| row.seq), "neighbours are evaluated together only in order: {rows:?}");
        self.steps.push(rows.len());
        self.logits.clear();
        for (number, row) in rows.iter().enumerate() {
            let tokens = self.sequences.entry(row.seq).or_default();
            assert_eq!(tokens.len(), row.position, "sequence {} is out of step", row.seq);
            tokens.push(row.token);
            if row.logits {
                if row.token == Token::from(b'>') + 1 {
                    self.read.push(row.seq);
                }
                let mut logits = vec![0.0; 257];
                logits[usize::try_from(next(tokens)).unwrap()] = 10.0;
                self.logits.insert(number, logits);
            }
        }
        Ok(())
    }

    fn logits(&self, row: usize) -> &[f32] {
        &self.logits[&row]
    }

    fn truncate(&mut self, seq: SeqId, length: usize) -> bool {
        self.sequences.entry(seq).or_default().truncate(length);
        true
    }

    fn share(&mut self, from: SeqId, to: SeqId, length: usize) -> bool {
        let shared = self.sequences[&from][..length].to_vec();
        let old = self.sequences.insert(to, shared);
        assert!(old.is_none_or(|old| old.is_empty()), "sequence {to} is shared into while it holds something");
        self.shared += 1;
        true
    }
}

/// What the script says after these tokens.
fn next(tokens: &[Token]) -> Token {
    let text: Vec<u8> = tokens.iter().map(|token| u8::try_from(token - 1).unwrap()).collect();
    let open = text.iter().position(|byte| *byte == b'<').unwrap_or(0);
    let close = text.iter().position(|byte| *byte == b'>').unwrap_or(0);
    let script = &text[(open + 1).min(close)..close];
    let said = text.len() - close - 1;
    let byte = match script.split_last() {
        Some((b'*', again)) => Some(again[said % again.len()]),
        _ => script.get(said).copied(),
    };
    byte.map_or(0, |byte| Token::from(byte) + 1)
}
