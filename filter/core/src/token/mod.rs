//! Credentials that a server hands out for a while: when one is due to be fetched, and how all workers share it.
//! The shell asks, fetches and stores; each worker keeps a copy with its configuration, so that no request asks for it.
//! Not how one is asked for (see `server`).

mod server;
#[cfg(feature = "service-account")]
mod service_account;

pub use server::{Ask, Grant, TokenServer};
#[cfg(feature = "service-account")]
pub use service_account::ServiceAccount;

use serde::Deserialize;

use crate::resting::Millis;

/// How long a fetch may take.
pub const PATIENCE: Millis = 5_000;
/// How long a request may wait for the first one, from its beginning.
pub const WAIT: Millis = 3_000;
/// How often is looked whether one is due.
pub const TICK: Millis = 250;

/// It is fetched anew this long before its end: a metadata server hands out the same one until five minutes are left.
const AHEAD: Millis = 4 * 60 * 1000;
/// Whoever fetches has so long; then another may.
const TURN: Millis = 2 * PATIENCE;
/// After a failure the next try waits.
const PAUSE: Millis = 1_000;

/// A token. Not `Debug`: it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What goes behind `Bearer`.
    pub secret: String,
    /// From when on it is no use.
    pub until: Millis,
    due: Millis,
}

/// What the workers share of one token. Not `Debug`: it holds a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Shared {
    /// The latest, if there was one.
    pub token: Option<Token>,
    /// Until then it is somebody's turn to fetch, or nobody's.
    turn: Millis,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

impl Token {
    /// Reads the server's answer.
    pub fn read(body: &[u8], now: Millis) -> Option<Token> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let sound = !answer.access_token.is_empty() && answer.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        let lasts = answer.expires_in.saturating_mul(1000);
        let until = now.saturating_add(lasts);
        sound.then_some(Token { secret: answer.access_token, until, due: until - AHEAD.min(lasts / 4) })
    }
}

impl Shared {
    /// Reads what is stored; anything malformed counts as nothing.
    pub fn decode(bytes: &[u8]) -> Shared {
        let Some((turn, rest)) = number(bytes) else {
            return Shared::default();
        };
        let token = || {
            let (until, rest) = number(rest)?;
            let (due, secret) = number(rest)?;
            Some(Token { secret: String::from_utf8(secret.to_vec()).ok()?, until, due })
        };
        Shared { token: token(), turn }
    }

    /// As it is stored.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.turn.to_le_bytes().to_vec();
        if let Some(token) = &self.token {
            bytes.extend_from_slice(&token.until.to_le_bytes());
            bytes.extend_from_slice(&token.due.to_le_bytes());
            bytes.extend_from_slice(token.secret.as_bytes());
        }
        bytes
    }

    /// Takes the turn to fetch, if one is due and it is nobody's turn. It counts once it is stored.
    pub fn take_turn(&mut self, now: Millis) -> bool {
        let is_due = self.token.as_ref().is_none_or(|token| now >= token.due);
        let is_free = now >= self.turn;
        if is_due && is_free {
            self.turn = now.saturating_add(TURN);
        }
        is_due && is_free
    }

    /// What is shared after a fetch has ended: with a token, or in vain.
    pub fn after(self, token: Option<Token>, now: Millis) -> Shared {
        let turn = if token.is_some() { now } else { now.saturating_add(PAUSE) };
        Shared { token: token.or(self.token), turn }
    }
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seconds: u64, now: Millis) -> Option<Token> {
        Token::read(
            format!(r#"{{"access_token":"ya29.x","expires_in":{seconds},"token_type":"Bearer"}}"#).as_bytes(),
            now,
        )
    }

    #[test]
    fn one_worker_fetches_and_the_others_wait() {
        let mut shared = Shared::default();
        assert!(shared.take_turn(0));
        let mut seen = Shared::decode(&shared.encode());
        assert!(!seen.take_turn(TURN - 1));
        assert!(seen.clone().take_turn(TURN), "whoever had the turn is gone");
        assert!(!seen.after(token(3600, 100), 100).take_turn(100));
    }

    #[test]
    fn it_is_fetched_ahead_of_its_end_and_used_until_then() {
        let mut shared = Shared::default().after(token(3600, 0), 0);
        assert!(!shared.take_turn(3_600_000 - AHEAD - 1));
        assert!(shared.take_turn(3_600_000 - AHEAD));
        shared = shared.after(None, 3_600_000 - AHEAD);
        assert!(shared.token.is_some(), "a failed fetch loses nothing");
        assert!(!shared.take_turn(3_600_000 - AHEAD + PAUSE - 1));
        assert!(shared.take_turn(3_600_000 - AHEAD + PAUSE));
    }

    #[test]
    fn a_short_life_leaves_three_quarters_of_it() {
        let mut shared = Shared::default().after(token(8, 0), 0);
        assert!(!shared.take_turn(5_999));
        assert!(shared.take_turn(6_000));
    }

    #[test]
    fn nonsense_is_no_token() {
        for body in
            ["", "{}", "[]", r#"{"access_token":"","expires_in":9}"#, r#"{"access_token":"a\nb","expires_in":9}"#]
        {
            assert!(Token::read(body.as_bytes(), 0).is_none(), "{body}");
        }
        assert!(Shared::decode(b"short").token.is_none());
        assert!(token(u64::MAX, u64::MAX).is_some());
    }
}
