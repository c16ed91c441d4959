//! Whether a JSON object that comes in pieces is whole. Not whether it is valid.

/// Where in an object the pieces end.
#[derive(Default)]
pub(super) struct Balance {
    depth: usize,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Balance {
    pub(super) fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.depth = self.depth.saturating_add(1);
                    self.begun = true;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = r#"{"a":"}\"}{","b":[{}]}"#;
        for cut in 0..text.len() {
            let mut balance = Balance::default();
            balance.push(&text[..cut]);
            assert!(!balance.is_whole(), "{cut}");
            balance.push(&text[cut..]);
            assert!(balance.is_whole(), "{cut}");
        }
    }
}
