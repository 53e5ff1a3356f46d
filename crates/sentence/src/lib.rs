//! `sentence!`: `format!` for sentences with code in them.

mod template;

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use template::{Argument, Part};

/// A `String` as `format!` makes it, in which what stands between backticks stays code whatever the arguments
/// hold: `` sentence!("`{command}` runs Terraform") `` quotes with more backticks than `command` has in a row.
///
/// Takes what `format!` takes, but for widths and precisions that are arguments.
#[proc_macro]
pub fn sentence(input: TokenStream) -> TokenStream {
    expanded(input).unwrap_or_else(|message| {
        let text = TokenTree::from(Literal::string(&message));
        call(&["core", "compile_error"], text.into())
    })
}

fn expanded(input: TokenStream) -> Result<TokenStream, String> {
    let mut all = arguments(input).into_iter();
    let literal = all.next().and_then(|first| lone(first.tokens));
    let Some(TokenTree::Literal(literal)) = literal else {
        return Err("a sentence begins with a string".to_owned());
    };
    let arguments: Vec<Given> = all.collect();
    let parts = template::parts(&literal.to_string())?;
    let mut text = String::new();
    let mut taken = Taken::default();
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Plain(plain) => {
                text += &plain.text;
                taken.add(plain.arguments.iter(), &arguments)?;
            }
            Part::Code(code) => {
                let name = format!("code_{at}");
                text += &format!("{{{name}}}");
                let mut inside = Taken::default();
                inside.add(code.arguments.iter(), &arguments)?;
                let quoted = format_call(
                    &template::enclosed(&literal.to_string(), &code.text),
                    &literal,
                    inside,
                )?;
                let reference = TokenTree::from(Punct::new('&', Spacing::Alone));
                let quoted = [TokenStream::from(reference), quoted].into_iter().collect();
                taken.named(&name, path_call(&["syntax", "code", "quoted"], quoted));
            }
        }
    }
    let is_used = |at: usize| {
        let mut all = parts.iter().flat_map(Part::arguments);
        all.any(|it| arguments[at].is(it, at))
    };
    if let Some(unused) = (0..arguments.len()).find(|at| !is_used(*at)) {
        return Err(format!("argument {unused} is never used"));
    }
    format_call(
        &template::enclosed(&literal.to_string(), &text),
        &literal,
        taken,
    )
}

/// An argument behind the string.
struct Given {
    name: Option<String>,
    tokens: TokenStream,
}

impl Given {
    /// Whether a placeholder names it; `at` is its position.
    fn is(&self, argument: &Argument, at: usize) -> bool {
        match argument {
            Argument::Position(position) => *position == at,
            Argument::Name(name) => self.name.as_ref() == Some(name),
        }
    }
}

/// The arguments of one `format!`, each once.
#[derive(Default)]
struct Taken {
    names: Vec<String>,
    tokens: TokenStream,
}

impl Taken {
    fn add<'a>(
        &mut self,
        needed: impl Iterator<Item = &'a Argument>,
        given: &[Given],
    ) -> Result<(), String> {
        for argument in needed {
            let found = given
                .iter()
                .enumerate()
                .find(|(at, it)| it.is(argument, *at));
            match (argument, found) {
                (_, Some((_, given))) => self.named(&argument.name(), given.tokens.clone()),
                // A variable of where the sentence stands.
                (Argument::Name(_), None) => {}
                (Argument::Position(at), None) => return Err(format!("there is no argument {at}")),
            }
        }
        Ok(())
    }

    fn named(&mut self, name: &str, value: TokenStream) {
        if self.names.iter().any(|it| it == name) {
            return;
        }
        self.names.push(name.to_owned());
        let name = Ident::new(name, Span::call_site());
        self.tokens.extend([
            TokenTree::from(Punct::new(',', Spacing::Alone)),
            TokenTree::from(name),
            TokenTree::from(Punct::new('=', Spacing::Alone)),
        ]);
        self.tokens.extend(value);
    }
}

/// The arguments, separated by commas.
fn arguments(input: TokenStream) -> Vec<Given> {
    let mut all = vec![Vec::new()];
    for token in input {
        match &token {
            TokenTree::Punct(it) if it.as_char() == ',' => all.push(Vec::new()),
            _ => all
                .last_mut()
                .into_iter()
                .for_each(|last| last.push(token.clone())),
        }
    }
    let all = all.into_iter().filter(|tokens| !tokens.is_empty());
    all.map(|tokens| match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..]
            if equals.as_char() == '=' && equals.spacing() == Spacing::Alone =>
        {
            Given {
                name: Some(name.to_string()),
                tokens: value.iter().cloned().collect(),
            }
        }
        _ => Given {
            name: None,
            tokens: tokens.into_iter().collect(),
        },
    })
    .collect()
}

/// The one token of a stream, out of the invisible group that another macro puts around it.
fn lone(tokens: TokenStream) -> Option<TokenTree> {
    let mut tokens = tokens.into_iter();
    match (tokens.next()?, tokens.next()) {
        (TokenTree::Group(group), None) if group.delimiter() == Delimiter::None => {
            lone(group.stream())
        }
        (token, None) => Some(token),
        _ => None,
    }
}

/// `::std::format!(TEXT, ARGUMENTS)`, with the names in the text read where `place` stands.
fn format_call(text: &str, place: &Literal, arguments: Taken) -> Result<TokenStream, String> {
    let mut text: Literal = text.parse().map_err(|_| "no string".to_owned())?;
    text.set_span(place.span());
    let mut all = TokenStream::from(TokenTree::from(text));
    all.extend(arguments.tokens);
    Ok(call(&["std", "format"], all))
}

/// `::PATH!(ARGUMENTS)`.
fn call(path: &[&str], arguments: TokenStream) -> TokenStream {
    let mut tokens = absolute(path);
    tokens.extend([TokenTree::from(Punct::new('!', Spacing::Alone))]);
    tokens.extend([parenthesized(arguments)]);
    tokens
}

/// `::PATH(ARGUMENTS)`.
fn path_call(path: &[&str], arguments: TokenStream) -> TokenStream {
    let mut tokens = absolute(path);
    tokens.extend([parenthesized(arguments)]);
    tokens
}

fn parenthesized(tokens: TokenStream) -> TokenTree {
    Group::new(Delimiter::Parenthesis, tokens).into()
}

/// `::PATH`.
fn absolute(path: &[&str]) -> TokenStream {
    let names = path.iter().flat_map(|name| {
        [
            TokenTree::from(Punct::new(':', Spacing::Joint)),
            TokenTree::from(Punct::new(':', Spacing::Alone)),
            TokenTree::from(Ident::new(name, Span::call_site())),
        ]
    });
    names.collect()
}
