//! Walks over the tokens of HCL: strings with `${}` and `%{}`, heredocs, comments and brackets.

use std::ops::Range;

use crate::outline::{ErrorKind, OutlineError};

/// What is open while scanning, innermost last.
pub(crate) enum Open {
    /// A bracket or a template sequence; the byte that closes it and where it was opened.
    Bracket { close: u8, at: usize },
    /// A quoted string, opened at this offset.
    Quote(usize),
    /// A heredoc: where it was opened, and its marker.
    Heredoc { at: usize, marker: Range<usize> },
}

/// Walks over tokens of HCL without building any.
pub struct Scanner<'t> {
    bytes: &'t [u8],
    /// The next byte.
    pub at: usize,
    pub(crate) open: Vec<Open>,
}

impl<'t> Scanner<'t> {
    /// A scanner of `text` from byte `at` on, which is outside strings and comments.
    pub fn new(text: &'t str, at: usize) -> Self {
        Self {
            bytes: text.as_bytes(),
            at,
            open: Vec::new(),
        }
    }

    /// The next byte, `None` at the end.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> OutlineError {
        let offset = self.at.min(self.bytes.len());
        OutlineError { kind, offset }
    }

    /// Passes white space and comments; the type of the next item, `None` at the end.
    pub(crate) fn item(&mut self) -> Result<Option<Range<usize>>, OutlineError> {
        loop {
            match self.peek() {
                None => return Ok(None),
                Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
                Some(b'#' | b'/') if self.comment()? => {}
                Some(close @ (b'}' | b']' | b')')) => {
                    return Err(self.error(ErrorKind::Closing(close as char)));
                }
                Some(_) => {
                    return match self.identifier() {
                        Some(name) => Ok(Some(name)),
                        None => Err(self.error(ErrorKind::Unexpected)),
                    };
                }
            }
        }
    }

    /// Passes spaces, tabs and comments that stay on the line.
    pub(crate) fn spaces(&mut self) -> Result<(), OutlineError> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'*') => {
                    self.comment()?;
                }
                _ => return Ok(()),
            }
        }
    }

    pub(crate) fn identifier(&mut self) -> Option<Range<usize>> {
        let rest = &self.bytes[self.at..];
        let first = *rest.first()?;
        // Identifiers follow Unicode's UAX 31, with `-` inside. All letters beyond ASCII pass: what is
        // accepted wrongly here, hcl-edit refuses when the block is parsed.
        if !(first.is_ascii_alphabetic() || first == b'_' || first >= 0x80) {
            return None;
        }
        let length = rest.iter().take_while(|byte| is_name(**byte)).count();
        let from = self.at;
        self.at += length;
        Some(from..self.at)
    }

    /// Passes the `=` and the value after it, up to the end of its line.
    pub(crate) fn value(&mut self) -> Result<(), OutlineError> {
        while let Some(byte) = self.peek() {
            if byte == b'\n' {
                break;
            }
            self.token()?;
            // Newlines inside brackets end no attribute.
            if !self.open.is_empty() {
                self.close()?;
            }
        }
        Ok(())
    }

    /// Passes one bracket group or quoted string, which begins here.
    pub fn group(&mut self) -> Result<(), OutlineError> {
        self.token()?;
        self.close()
    }

    /// Scans on until everything that is open is closed.
    fn close(&mut self) -> Result<(), OutlineError> {
        while let Some(innermost) = self.open.last() {
            match innermost {
                Open::Bracket { .. } => self.code()?,
                Open::Quote(_) => self.quoted()?,
                Open::Heredoc { .. } => self.heredoc()?,
            }
        }
        Ok(())
    }

    /// Code up to the next token that matters, and that token.
    fn code(&mut self) -> Result<(), OutlineError> {
        // One loop over plain bytes, without asking for each where the text ends: most of a file is
        // passed here.
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut matters = rest.iter().map(|byte| MATTERS[usize::from(*byte)]);
        match matters.position(|matters| matters) {
            Some(length) => {
                self.at += length;
                return self.token();
            }
            None => self.at += rest.len(),
        }
        match self.open.last() {
            Some(Open::Bracket { close, at }) => {
                let open = match close {
                    b'}' => '{',
                    b']' => '[',
                    _ => '(',
                };
                Err(OutlineError {
                    kind: ErrorKind::Bracket(open),
                    offset: *at,
                })
            }
            _ => Ok(()),
        }
    }

    /// One token of code: a comment, an opening or closing one, or a single byte.
    pub fn token(&mut self) -> Result<(), OutlineError> {
        let Some(byte) = self.peek() else {
            return Ok(());
        };
        let at = self.at;
        match byte {
            b'#' | b'/' if self.comment()? => return Ok(()),
            b'"' => self.open.push(Open::Quote(at)),
            b'{' => self.open.push(Open::Bracket { close: b'}', at }),
            b'[' => self.open.push(Open::Bracket { close: b']', at }),
            b'(' => self.open.push(Open::Bracket { close: b')', at }),
            b'}' | b']' | b')' => match self.open.pop() {
                Some(Open::Bracket { close, .. }) if close == byte => {}
                _ => return Err(self.error(ErrorKind::Closing(byte as char))),
            },
            b'<' => {
                if let Some((marker, body)) = self.heredoc_start() {
                    self.open.push(Open::Heredoc { at, marker });
                    self.at = body;
                    return Ok(());
                }
            }
            _ => {}
        }
        self.at += 1;
        Ok(())
    }

    /// Whether a comment stood here; it is passed, the newline that ends it is not.
    pub fn comment(&mut self) -> Result<bool, OutlineError> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"/*") {
            let end = memchr::memmem::find(&rest[2..], b"*/")
                .ok_or_else(|| self.error(ErrorKind::Comment))?;
            self.at += end + 4;
        } else if rest.starts_with(b"#") || rest.starts_with(b"//") {
            self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Marker of the heredoc that begins here and the offset of its first line.
    pub(crate) fn heredoc_start(&self) -> Option<(Range<usize>, usize)> {
        let rest = self.bytes[self.at..].strip_prefix(b"<<")?;
        let rest = rest.strip_prefix(b"-").unwrap_or(rest);
        let from = self.bytes.len() - rest.len();
        let length = rest.iter().take_while(|byte| is_name(**byte)).count();
        let after = &rest[length..];
        // Nothing may follow the marker on its line, not even a space.
        let newline = usize::from(after.starts_with(b"\r"));
        (length > 0 && after.get(newline) == Some(&b'\n'))
            .then_some((from..from + length, from + length + newline + 1))
    }

    /// Inside a quoted string, up to its end or the next template sequence.
    pub(crate) fn quoted(&mut self) -> Result<(), OutlineError> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| QUOTED[usize::from(*byte)]) else {
                self.at += rest.len();
                break;
            };
            self.at += length;
            match rest[length] {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    self.open.pop();
                    return Ok(());
                }
                b'$' | b'%' => {
                    if self.template() {
                        return Ok(());
                    }
                }
                // A quoted template may not hold a newline outside of its sequences.
                _ => break,
            }
        }
        let offset = match self.open.last() {
            Some(Open::Quote(at)) => *at,
            _ => self.at,
        };
        Err(OutlineError {
            kind: ErrorKind::String,
            offset,
        })
    }

    /// Inside a heredoc at the start of a line or behind a template sequence.
    pub(crate) fn heredoc(&mut self) -> Result<(), OutlineError> {
        let Some(Open::Heredoc { at, marker }) = self.open.last() else {
            return Ok(());
        };
        let unclosed = OutlineError {
            kind: ErrorKind::Heredoc,
            offset: *at,
        };
        let marker = &self.bytes[marker.clone()];
        let mut line_start = self.at == 0 || self.bytes.get(self.at - 1) == Some(&b'\n');
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            if line_start {
                let Some(newline) = memchr::memchr(b'\n', rest) else {
                    return Err(unclosed);
                };
                if rest[..newline].trim_ascii() == marker {
                    // The newline that ends the marker's line ends the attribute too: it is left.
                    self.at += newline;
                    self.open.pop();
                    return Ok(());
                }
            }
            // Not first the end of the line: it may be long, and have many template sequences.
            let Some(next) = memchr::memchr3(b'\n', b'$', b'%', rest) else {
                return Err(unclosed);
            };
            self.at += next;
            line_start = rest[next] == b'\n';
            if line_start {
                self.at += 1;
            } else if self.template() {
                return Ok(());
            }
        }
    }

    /// At `$` or `%`: opens a template sequence, or passes an escaped or plain sign.
    fn template(&mut self) -> bool {
        // `$${` and `%%{` are the escapes of section "Template Literals".
        let rest = &self.bytes[self.at..];
        if rest.len() > 2 && rest[1] == rest[0] && rest[2] == b'{' {
            self.at += 3;
            false
        } else if rest.get(1) == Some(&b'{') {
            let at = self.at + 1;
            self.open.push(Open::Bracket { close: b'}', at });
            self.at += 2;
            true
        } else {
            self.at += 1;
            false
        }
    }
}

/// The bytes at which code stops being plain.
const MATTERS: [bool; 256] = table(b"\"#/{}[]()<");

/// The bytes at which the text of a quoted string does.
const QUOTED: [bool; 256] = table(b"\\\"\n$%");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
}

/// Whether a byte can be part of a name; those of letters beyond ASCII count.
pub fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}
