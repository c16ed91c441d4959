//! Content parts as chat, responses and messages spell them. A part's `type` says whose spelling it is, and clients of
//! one format do send parts of another (Cursor sends `tool_result` parts to chat), so one reader knows them all.

use serde_json::Value;

use super::blob::Blob;
use super::fields::Fields;
use super::ir::{Call, Given, Media, Outcome, Part, Piece, Reasoning, Request, Source};
use super::{Flaw, Losses};

/// Reads content: a text, or a list of parts. `native` is whose the untagged blobs are.
pub(super) fn read(
    content: Option<Value>,
    at: &str,
    native: &'static str,
    losses: &mut Losses,
) -> Result<Vec<Part>, Flaw> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Part { at: at.to_owned(), cache: None, is: Piece::Text(text) }]),
        Some(Value::Array(list)) => {
            let mut parts = Vec::with_capacity(list.len());
            for (index, value) in list.into_iter().enumerate() {
                let at = format!("{at}[{index}]");
                match value {
                    Value::String(text) => parts.push(Part { at, cache: None, is: Piece::Text(text) }),
                    value => parts.extend(read_one(Fields::of(value, at)?, native, losses)?),
                }
            }
            Ok(parts)
        }
        Some(value @ Value::Object(_)) => Ok(read_one(Fields::of(value, at)?, native, losses)?.into_iter().collect()),
        Some(_) => Err(Flaw::wanted(at, "a string or an array of parts")),
    }
}

fn read_one(mut fields: Fields, native: &'static str, losses: &mut Losses) -> Result<Option<Part>, Flaw> {
    let at = fields.path().to_owned();
    let cache = fields.take("cache_control");
    let kind = fields.needed("type")?;
    let piece = match kind.as_str() {
        "text" | "input_text" | "output_text" | "summary_text" | "reasoning_text" => {
            Some(Piece::Text(fields.text("text")?.unwrap_or_default()))
        }
        "refusal" => Some(Piece::Text(fields.text("refusal")?.unwrap_or_default())),
        "image_url" | "input_image" | "file" | "input_file" | "input_audio" | "image" | "document" => {
            Some(media(&kind, &mut fields, losses)?)
        }
        "tool_use" => {
            // Who else would call it runs at the provider.
            if fields.peek("caller").is_some_and(|caller| caller.get("type").is_some_and(|kind| kind == "direct")) {
                fields.take("caller");
            }
            let arguments = fields.take("input").unwrap_or_else(|| Value::Object(serde_json::Map::new()));
            let (id, name) = (fields.needed("id")?, fields.needed("name")?);
            Some(Piece::Call(Call { id, name, arguments: arguments.to_string(), custom: false }))
        }
        "tool_result" => {
            let id = fields.needed("tool_use_id")?;
            let parts = read(fields.take("content"), &fields.at("content"), native, losses)?;
            let is_error = fields.truth("is_error")?.unwrap_or(false);
            Some(Piece::Outcome(Outcome { id, name: None, parts, is_error, custom: false }))
        }
        "thinking" => {
            let text = fields.text("thinking")?.unwrap_or_default();
            let seal = fields.text("signature")?.filter(|seal| !seal.is_empty());
            Some(Piece::Reasoning(Reasoning { text, blob: seal.map(|seal| Blob::read(&seal, native)) }))
        }
        "redacted_thinking" => {
            let mut blob = Blob::read(&fields.needed("data")?, native);
            if blob.provider == "anthropic" && !blob.data.starts_with(REDACTED) {
                blob.data.insert_str(0, REDACTED);
            }
            Some(Piece::Reasoning(Reasoning { text: String::new(), blob: Some(blob) }))
        }
        "search_result" => {
            let parts = read(fields.take("content"), &fields.at("content"), native, losses)?;
            let text: Vec<&str> = parts.iter().filter_map(Part::text).collect();
            Some(Piece::Text(text.join("\n")))
        }
        // What a provider's own tools said, in the middle of an answer: nobody else can use it.
        "server_tool_use" | "mcp_tool_use" | "fallback" => None,
        other if other.ends_with("_tool_result") => None,
        _ => {
            let kind = crate::json::shown_key(&kind);
            return Err(Flaw::new(fields.at("type"), format!("{kind:?} is no kind of content that can be translated")));
        }
    };
    match piece {
        Some(is) => {
            fields.close(losses);
            Ok(Some(Part { at, cache, is }))
        }
        None => {
            losses.note(at);
            Ok(None)
        }
    }
}

/// What stands in front of the data of reasoning that Anthropic redacted, so that it goes back as such.
pub(super) const REDACTED: &str = "redacted:";

fn media(kind: &str, fields: &mut Fields, losses: &mut Losses) -> Result<Piece, Flaw> {
    let at = fields.path().to_owned();
    let mut media = Media { mime: String::new(), source: Source::Url(String::new()), name: None, detail: None };
    match kind {
        "image_url" => match fields.take("image_url") {
            Some(Value::String(url)) => media.set_url(url, &at)?,
            Some(value) => {
                let mut image = Fields::of(value, fields.at("image_url"))?;
                media.set_url(image.needed("url")?, &at)?;
                media.detail = image.text("detail")?.map(|is| Given { at: "image_url.detail", is });
                image.close(losses);
            }
            None => return Err(Flaw::new(fields.at("image_url"), "is missing")),
        },
        "input_image" => {
            media.detail = fields.text("detail")?.map(|is| Given { at: "detail", is });
            match fields.text("image_url")? {
                Some(url) => media.set_url(url, &at)?,
                None if fields.has("file_id") => return Err(Flaw::state(&fields.at("file_id"))),
                None => return Err(Flaw::new(fields.at("image_url"), "is missing")),
            }
        }
        "file" => {
            let mut file = fields.object("file")?.ok_or_else(|| Flaw::new(fields.at("file"), "is missing"))?;
            media.read_file(&mut file, "file.filename")?;
            file.close(losses);
        }
        "input_file" => media.read_file(fields, "filename")?,
        "input_audio" => {
            let mut audio =
                fields.object("input_audio")?.ok_or_else(|| Flaw::new(fields.at("input_audio"), "is missing"))?;
            media.mime = format!("audio/{}", audio.needed("format")?);
            media.source = Source::Data(audio.needed("data")?);
            audio.close(losses);
        }
        _ => {
            media.name = fields.text("title")?.map(|is| Given { at: "title", is });
            let mut source = fields.object("source")?.ok_or_else(|| Flaw::new(fields.at("source"), "is missing"))?;
            media.mime = source.text("media_type")?.unwrap_or_default();
            media.source = match source.needed("type")?.as_str() {
                "base64" => Source::Data(source.needed("data")?),
                "text" => Source::Text(source.needed("data")?),
                "url" => Source::Url(source.needed("url")?),
                "content" => {
                    let parts = read(source.take("content"), &source.at("content"), "anthropic", losses)?;
                    parts.iter().filter(|part| part.text().is_none()).for_each(|part| losses.note(&part.at));
                    Source::Text(parts.iter().filter_map(Part::text).collect::<Vec<_>>().join("\n"))
                }
                "file" => return Err(Flaw::state(&source.at("file_id"))),
                _ => return Err(Flaw::wanted(source.at("type"), "base64, text, url or content")),
            };
            if media.mime.is_empty() && kind == "document" && !matches!(media.source, Source::Text(_)) {
                media.mime = "application/pdf".to_owned();
            }
            source.close(losses);
        }
    }
    Ok(Piece::Media(media))
}

impl Media {
    fn read_file(&mut self, fields: &mut Fields, name: &'static str) -> Result<(), Flaw> {
        let at = fields.path().to_owned();
        self.name = fields.text("filename")?.map(|is| Given { at: name, is });
        if let Some(data) = fields.text("file_data")? {
            if data.starts_with("data:") {
                self.set_url(data, &at)?;
            } else {
                self.mime = "application/pdf".to_owned();
                self.source = Source::Data(data);
            }
        } else if let Some(url) = fields.text("file_url")? {
            self.mime = "application/pdf".to_owned();
            self.source = Source::Url(url);
        } else if fields.has("file_id") {
            return Err(Flaw::state(&fields.at("file_id")));
        } else {
            return Err(Flaw::new(fields.at("file_data"), "is missing"));
        }
        Ok(())
    }

    /// Takes a URL; one that holds the bytes itself is taken apart.
    pub(super) fn set_url(&mut self, url: String, at: &str) -> Result<(), Flaw> {
        let Some(rest) = url.strip_prefix("data:") else {
            self.source = Source::Url(url);
            return Ok(());
        };
        let Some((mime, data)) = rest.split_once(";base64,") else {
            return Err(Flaw::new(at, "a data URL must hold base64: data:TYPE;base64,…"));
        };
        self.mime = mime.to_owned();
        self.source = Source::Data(data.to_owned());
        Ok(())
    }

    /// The URL that stands for it; `None` for text.
    pub(super) fn url(&self) -> Option<String> {
        match &self.source {
            Source::Data(data) => {
                let mime = if self.mime.is_empty() { "application/octet-stream" } else { &self.mime };
                Some(format!("data:{mime};base64,{data}"))
            }
            Source::Url(url) => Some(url.clone()),
            Source::Text(_) => None,
        }
    }

    /// Takes its name away, where there is no place for one.
    pub(super) fn lose_name(&mut self, part: &str, losses: &mut Losses) {
        self.name.take().iter().for_each(|name| losses.note_of(part, name));
    }

    /// Takes away how closely to look at it, where nobody can be told.
    pub(super) fn lose_detail(&mut self, part: &str, losses: &mut Losses) {
        let detail = self.detail.take().filter(|detail| detail.is != "auto");
        detail.iter().for_each(|detail| losses.note_of(part, detail));
    }

    /// Whether it is a picture. What has no type is taken for one.
    pub(super) fn is_image(&self) -> bool {
        self.mime.is_empty() || self.mime.starts_with("image/")
    }

    /// The format's name of a sound that is here.
    pub(super) fn audio(&self) -> Option<(&str, &str)> {
        let format = self.mime.strip_prefix("audio/")?;
        let format = match format {
            "mpeg" => "mp3",
            "x-wav" | "wave" => "wav",
            other => other,
        };
        match &self.source {
            Source::Data(data) => Some((format, data)),
            _ => None,
        }
    }
}

/// Notes what marks for caching a request has, for targets that take none: they change what it costs.
pub(super) fn lose_marks(request: &Request, losses: &mut Losses) {
    fn visit(parts: &[Part], losses: &mut Losses) {
        for part in parts {
            if part.cache.is_some() {
                losses.note(format!("{}.cache_control", part.at));
            }
            if let Piece::Outcome(outcome) = &part.is {
                visit(&outcome.parts, losses);
            }
        }
    }
    for tool in request.tools.iter().filter(|tool| tool.cache.is_some()) {
        losses.note(format!("{}.cache_control", tool.at));
    }
    visit(&request.system, losses);
    request.turns.iter().for_each(|turn| visit(&turn.parts, losses));
}

impl Part {
    /// A text of no place in the request.
    pub(super) fn of_text(at: &str, text: impl Into<String>) -> Part {
        Part { at: at.to_owned(), cache: None, is: Piece::Text(text.into()) }
    }

    /// Its text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.is {
            Piece::Text(text) => Some(text),
            _ => None,
        }
    }
}
