//! Expansion of `macro_rules!`, as far as macros that define public items need it.
//!
//! Matching is greedy and does not backtrack into a repetition. A macro that does not match is left out, so a name may be reported as
//! missing, which a reader notices; a name is never invented.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::parse::{Parse, ParseStream, Parser};

/// A macro: its rules in order.
#[derive(Clone)]
pub struct Macro {
    rules: Vec<(Vec<Pattern>, Vec<TokenTree>)>,
}

#[derive(Clone)]
enum Pattern {
    Token(TokenTree),
    Group(Delimiter, Vec<Pattern>),
    Fragment(String, String),
    Repeat(Repeat),
}

#[derive(Clone)]
struct Repeat {
    body: Vec<Pattern>,
    separator: Option<TokenTree>,
    operator: char,
}

/// What a variable of a macro stands for: tokens, or one binding for each turn of a repetition.
#[derive(Clone)]
enum Binding {
    Tokens(Vec<TokenTree>),
    Turns(Vec<Binding>),
}

type Bindings = BTreeMap<String, Binding>;

impl Macro {
    /// Reads the body of a `macro_rules!`.
    pub fn parse(body: TokenStream) -> Macro {
        let trees: Vec<TokenTree> = body.into_iter().collect();
        let groups: Vec<&Group> = trees
            .iter()
            .filter_map(|tree| match tree {
                TokenTree::Group(group) => Some(group),
                _ => None,
            })
            .collect();
        let rule = |pair: &[&Group]| (patterns(pair[0].stream()), pair[1].stream().into_iter().collect());
        Macro {
            rules: groups.chunks_exact(2).map(rule).collect(),
        }
    }

    /// The tokens that an invocation stands for, if a rule matches.
    pub fn expand(&self, input: TokenStream) -> Option<TokenStream> {
        let input: Vec<TokenTree> = input.into_iter().collect();
        self.rules.iter().find_map(|(pattern, body)| {
            let mut bindings = Bindings::new();
            let end = matches(pattern, &input, 0, &mut bindings)?;
            (end == input.len()).then(|| transcribe(body, &bindings))
        })
    }
}

fn is_punct(tree: Option<&TokenTree>, expected: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == expected)
}

/// The separator and the operator after a repetition, and the number of their tokens.
fn repetition(trees: &[TokenTree]) -> Option<(Option<TokenTree>, char, usize)> {
    let operator = |tree: Option<&TokenTree>| match tree {
        Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '*' | '+' | '?') => Some(punct.as_char()),
        _ => None,
    };
    if let Some(operator) = operator(trees.first()) {
        return Some((None, operator, 1));
    }
    let separator = trees.first()?.clone();
    Some((Some(separator), operator(trees.get(1))?, 2))
}

fn patterns(stream: TokenStream) -> Vec<Pattern> {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        match (tree, trees.get(at + 1)) {
            (dollar, Some(TokenTree::Group(group))) if is_punct(Some(dollar), '$') => {
                let Some((separator, operator, length)) = repetition(&trees[at + 2..]) else {
                    return found;
                };
                let body = patterns(group.stream());
                found.push(Pattern::Repeat(Repeat {
                    body,
                    separator,
                    operator,
                }));
                at += 2 + length;
            }
            (dollar, Some(TokenTree::Ident(name)))
                if is_punct(Some(dollar), '$') && is_punct(trees.get(at + 2), ':') =>
            {
                let kind = trees.get(at + 3).map(ToString::to_string);
                found.push(Pattern::Fragment(name.to_string(), kind.unwrap_or_default()));
                at += 4;
            }
            (TokenTree::Group(group), _) => {
                found.push(Pattern::Group(group.delimiter(), patterns(group.stream())));
                at += 1;
            }
            _ => {
                found.push(Pattern::Token(tree.clone()));
                at += 1;
            }
        }
    }
    found
}

/// Matches patterns from a position on; returns the position after them.
fn matches(
    patterns: &[Pattern],
    input: &[TokenTree],
    mut at: usize,
    bindings: &mut Bindings,
) -> Option<usize> {
    for pattern in patterns {
        at = match pattern {
            Pattern::Token(expected) => {
                (input.get(at)?.to_string() == expected.to_string()).then_some(at + 1)?
            }
            Pattern::Group(delimiter, body) => {
                let Some(TokenTree::Group(group)) = input.get(at) else {
                    return None;
                };
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let whole = matches(body, &inner, 0, bindings)? == inner.len();
                (group.delimiter() == *delimiter && whole).then_some(at + 1)?
            }
            Pattern::Fragment(name, kind) => {
                let end = at + fragment(kind, &input[at..])?;
                bindings.insert(name.clone(), Binding::Tokens(input[at..end].to_vec()));
                end
            }
            Pattern::Repeat(repeat) => repeat.matches(input, at, bindings),
        };
    }
    Some(at)
}

impl Repeat {
    fn matches(&self, input: &[TokenTree], mut at: usize, bindings: &mut Bindings) -> usize {
        let mut turns: BTreeMap<String, Vec<Binding>> = BTreeMap::new();
        variables(&self.body, &mut turns);
        let mut first = true;
        loop {
            let mut start = at;
            if let Some(separator) = self.separator.as_ref().filter(|_| !first) {
                match input.get(at) {
                    Some(tree) if tree.to_string() == separator.to_string() => start += 1,
                    _ => break,
                }
            }
            let mut turn = Bindings::new();
            match matches(&self.body, input, start, &mut turn) {
                Some(end) if end > start => at = end,
                _ => break,
            }
            for (name, binding) in turn {
                turns.entry(name).or_default().push(binding);
            }
            first = false;
            if self.operator == '?' {
                break;
            }
        }
        bindings.extend(
            turns
                .into_iter()
                .map(|(name, turns)| (name, Binding::Turns(turns))),
        );
        at
    }
}

/// The variables of patterns, each without a turn.
fn variables(patterns: &[Pattern], found: &mut BTreeMap<String, Vec<Binding>>) {
    for pattern in patterns {
        match pattern {
            Pattern::Fragment(name, _) => drop(found.insert(name.clone(), Vec::new())),
            Pattern::Group(_, body) => variables(body, found),
            Pattern::Repeat(repeat) => variables(&repeat.body, found),
            Pattern::Token(_) => {}
        }
    }
}

/// The number of tokens of a fragment at the beginning of the input.
fn fragment(kind: &str, input: &[TokenTree]) -> Option<usize> {
    let first = input.first();
    match kind {
        "ident" => matches!(first, Some(TokenTree::Ident(_))).then_some(1),
        "tt" => first.map(|_| 1),
        "lifetime" => is_punct(first, '\'').then_some(2),
        "block" => matches!(first, Some(TokenTree::Group(_))).then_some(1),
        "literal" => parsed::<syn::Lit>(input),
        "ty" => parsed::<syn::Type>(input),
        "path" => parsed::<syn::Path>(input),
        "expr" => parsed::<syn::Expr>(input),
        "meta" => parsed::<syn::Meta>(input),
        "vis" => parsed::<syn::Visibility>(input),
        "item" => parsed::<syn::Item>(input),
        "stmt" => parsed::<syn::Stmt>(input),
        "pat" | "pat_param" => parsed_by(input, syn::Pat::parse_multi_with_leading_vert),
        _ => first.map(|_| 1),
    }
}

/// How many tokens a parser consumes.
fn parsed<T: Parse>(input: &[TokenTree]) -> Option<usize> {
    parsed_by(input, |stream| stream.parse::<T>())
}

fn parsed_by<T>(input: &[TokenTree], parse: fn(ParseStream<'_>) -> syn::Result<T>) -> Option<usize> {
    let rest = |stream: ParseStream<'_>| {
        parse(stream)?;
        stream.parse::<TokenStream>()
    };
    let rest = rest.parse2(input.iter().cloned().collect()).ok()?;
    input.len().checked_sub(rest.into_iter().count())
}

fn transcribe(body: &[TokenTree], bindings: &Bindings) -> TokenStream {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(tree) = body.get(at) {
        match (tree, body.get(at + 1)) {
            (dollar, Some(TokenTree::Group(group))) if is_punct(Some(dollar), '$') => {
                let Some((separator, _, length)) = repetition(&body[at + 2..]) else {
                    break;
                };
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for (index, turn) in turns(&inner, bindings).iter().enumerate() {
                    out.extend(separator.clone().filter(|_| index > 0));
                    out.extend(transcribe(&inner, turn));
                }
                at += 2 + length;
            }
            (dollar, Some(TokenTree::Ident(name))) if is_punct(Some(dollar), '$') => {
                match bindings.get(&name.to_string()) {
                    Some(Binding::Tokens(tokens)) => out.extend(tokens.iter().cloned()),
                    _ if name == "crate" => out.push(Ident::new("crate", Span::call_site()).into()),
                    // A variable of a macro that this macro defines.
                    _ => out.extend([tree.clone(), TokenTree::Ident(name.clone())]),
                }
                at += 2;
            }
            (TokenTree::Group(group), _) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                out.push(Group::new(group.delimiter(), transcribe(&inner, bindings)).into());
                at += 1;
            }
            _ => {
                out.push(tree.clone());
                at += 1;
            }
        }
    }
    out.into_iter().collect()
}

/// The bindings of each turn of a repetition.
fn turns(body: &[TokenTree], bindings: &Bindings) -> Vec<Bindings> {
    let mut used = Vec::new();
    names(body, &mut used);
    let counts = used.iter().filter_map(|name| match bindings.get(name) {
        Some(Binding::Turns(turns)) => Some(turns.len()),
        _ => None,
    });
    let turn = |index: usize| {
        let binding = |(name, binding): (&String, &Binding)| {
            let binding = match binding {
                Binding::Turns(turns) if used.contains(name) => turns.get(index)?.clone(),
                other => other.clone(),
            };
            Some((name.clone(), binding))
        };
        bindings.iter().filter_map(binding).collect()
    };
    (0..counts.max().unwrap_or(0)).map(turn).collect()
}

/// The variables that tokens mention.
fn names(body: &[TokenTree], found: &mut Vec<String>) {
    for (index, tree) in body.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => {
                names(&group.stream().into_iter().collect::<Vec<_>>(), found);
            }
            TokenTree::Ident(name) if index > 0 && is_punct(body.get(index - 1), '$') => {
                found.push(name.to_string());
            }
            _ => {}
        }
    }
}
