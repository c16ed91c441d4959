//! What text that may be a tool call begins with. It looks at the beginning only, and says when that is too short to tell.

/// The beginning of a call, or of something else. Ends are counted in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Too short to tell.
    Unsure,
    /// A list of calls, whose first may begin at the end.
    List(usize),
    /// A call whose arguments, an object, begin at the end; perhaps inside an object of its own.
    Call {
        /// The tool.
        name: String,
        /// Where the arguments begin.
        end: usize,
        /// Whether an object is around them.
        inside: bool,
    },
    /// An object of another shape.
    Object,
    /// Anything else.
    Text,
}

/// Between a name and its arguments: Mistral's other way.
const ARGS: &str = "[ARGS]";

impl Shape {
    /// Of text that may begin with space; a list is looked for only outside of one.
    pub(super) fn of(text: &str, listed: bool) -> Self {
        let begin = text.trim_start();
        match begin.chars().next() {
            None => Self::Unsure,
            Some('{') => object(text).unwrap_or_else(|shape| shape),
            Some('[') if !listed => Self::List(text.len() - begin.len() + 1),
            Some(_) => named(text),
        }
    }
}

fn named(text: &str) -> Shape {
    let Some((name, rest)) = text.split_once(ARGS) else {
        let plain = text.trim().chars().all(|char| char.is_alphanumeric() || "_-.[]".contains(char));
        return if plain { Shape::Unsure } else { Shape::Text };
    };
    match rest.trim_start().chars().next() {
        None => Shape::Unsure,
        Some('{') => Shape::Call { name: name.trim().into(), end: text.len() - rest.trim_start().len(), inside: false },
        Some(_) => Shape::Text,
    }
}

/// `{"name": NAME, "arguments": {`, or what it is instead.
fn object(text: &str) -> Result<Shape, Shape> {
    let mut ahead = Ahead(text);
    ahead.mark('{')?;
    ahead.key(&["name"])?;
    let name = ahead.string()?;
    ahead.mark(',')?;
    ahead.key(&["arguments", "parameters"])?;
    if ahead.next()? != '{' {
        return Err(Shape::Object);
    }
    Ok(Shape::Call { name, end: text.len() - ahead.0.len(), inside: true })
}

/// What is still to be looked at.
struct Ahead<'text>(&'text str);

impl Ahead<'_> {
    /// The next character that is no space, which stays ahead.
    fn next(&mut self) -> Result<char, Shape> {
        self.0 = self.0.trim_start();
        self.0.chars().next().ok_or(Shape::Unsure)
    }

    fn mark(&mut self, mark: char) -> Result<(), Shape> {
        if self.next()? != mark {
            return Err(Shape::Object);
        }
        self.0 = self.0.strip_prefix(mark).unwrap_or(self.0);
        Ok(())
    }

    fn key(&mut self, keys: &[&str]) -> Result<(), Shape> {
        let key = self.string()?;
        if keys.contains(&key.as_str()) { self.mark(':') } else { Err(Shape::Object) }
    }

    fn string(&mut self) -> Result<String, Shape> {
        if self.next()? != '"' {
            return Err(Shape::Object);
        }
        let mut escaped = true;
        let closes = |char: char| {
            let closes = char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
            closes
        };
        let end = self.0.find(closes).ok_or(Shape::Unsure)? + 1;
        let (string, rest) = self.0.split_at(end);
        self.0 = rest;
        serde_json::from_str(string).map_err(|_| Shape::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn a_beginning_is_told_as_soon_as_it_can_be() {
        let call = |name: &str, end, inside| Shape::Call { name: name.into(), end, inside };
        for (text, shape) in [
            (" ", Shape::Unsure),
            (" [", Shape::List(2)),
            ("{", Shape::Unsure),
            ("{\"na", Shape::Unsure),
            ("{}", Shape::Object),
            ("{\"id\"", Shape::Object),
            ("{\"name\":3", Shape::Object),
            (r#"{"name": "a\"b", "#, Shape::Unsure),
            (r#"{"name": "a\"b", "arguments": {"#, call("a\"b", 30, true)),
            (r#"{"name": "a", "parameters": "x"#, Shape::Object),
            (r#"{"name": "a"}"#, Shape::Object),
            ("get_weather", Shape::Unsure),
            ("get_weather[ARGS] ", Shape::Unsure),
            ("get_weather[ARGS] {\"", call("get_weather", 18, false)),
            ("get_weather[ARGS]3", Shape::Text),
            ("f(x)", Shape::Text),
            ("Let me", Shape::Text),
        ] {
            assert_eq!(Shape::of(text, false), shape, "{text}");
        }
    }
}
