//! The specification's rule (§3.1.2, §3.3), written down once more and as plainly as possible: rec groups that are equal
//! by structure, and chains of declared supertypes. Nothing of Transom is used here.

/// A value type, as far as the matrix needs them.
#[derive(Clone, Copy)]
pub enum Ty {
    I32,
    I64,
    FuncRef,
    /// `(ref null $type)`
    Null(&'static str),
}

/// A defined function type.
pub struct Def {
    pub name: &'static str,
    pub supertype: Option<&'static str>,
    pub is_final: bool,
    pub params: &'static [Ty],
    pub results: &'static [Ty],
}

/// Rec groups.
pub struct Universe(pub Vec<Vec<Def>>);

const fn def(
    name: &'static str,
    supertype: Option<&'static str>,
    is_final: bool,
    params: &'static [Ty],
    results: &'static [Ty],
) -> Def {
    Def {
        name,
        supertype,
        is_final,
        params,
        results,
    }
}

/// A non-final type of `[i32] -> [i32]`.
const fn open(name: &'static str, supertype: Option<&'static str>) -> Def {
    def(name, supertype, false, &[Ty::I32], &[Ty::I32])
}

/// A final type of `[i32] -> [i32]`.
const fn closed(name: &'static str, supertype: Option<&'static str>) -> Def {
    def(name, supertype, true, &[Ty::I32], &[Ty::I32])
}

impl Universe {
    /// All types of the matrix. A chain of thirteen, longer than any inline vector of supertypes; siblings and equals
    /// of its sixth; and types that differ in their finality, their structure, or the variance of their parts.
    pub fn new() -> Universe {
        const CHAIN: [&str; 13] = [
            "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12",
        ];
        let above = |depth: usize| depth.checked_sub(1).map(|above| CHAIN[above]);
        let mut groups: Vec<Vec<Def>> = CHAIN
            .iter()
            .enumerate()
            .map(|(depth, name)| vec![open(name, above(depth))])
            .collect();
        // The same as `c5`, and the same as `c12` under it by another way of writing its chain.
        groups.push(vec![open("c5_again", Some("c4"))]);
        groups.push(vec![open("c6_again", Some("c5_again"))]);
        // Equal to `c5` but for the group; the two groups are equal to each other.
        groups.push(vec![
            open("g5", Some("c4")),
            def("g5_extra", None, true, &[], &[]),
        ]);
        groups.push(vec![
            open("g5_again", Some("c4")),
            def("g5_again_extra", None, true, &[], &[]),
        ]);
        // The same types at other places of their group.
        groups.push(vec![
            def("h5_extra", None, true, &[], &[]),
            open("h5", Some("c4")),
        ]);
        // A sibling within one group, and one that is its subtype there.
        groups.push(vec![open("s5", Some("c4")), open("s6", Some("s5"))]);
        groups.push(vec![closed("f5", Some("c4"))]);
        groups.push(vec![closed("f6", Some("c5"))]);
        groups.push(vec![closed("f0", None)]);
        groups.push(vec![def("u", None, true, &[Ty::I64], &[Ty::I64])]);
        groups.push(vec![def("v0", None, false, &[Ty::Null("c1")], &[Ty::FuncRef])]);
        groups.push(vec![def(
            "v1",
            Some("v0"),
            false,
            &[Ty::FuncRef],
            &[Ty::Null("c0")],
        )]);
        groups.push(vec![def(
            "v2",
            Some("v1"),
            true,
            &[Ty::FuncRef],
            &[Ty::Null("c12")],
        )]);
        // Groups whose types mention themselves are equal as well.
        groups.push(vec![def("r0", None, false, &[Ty::Null("r0")], &[Ty::Null("r0")])]);
        groups.push(vec![def(
            "r0_again",
            None,
            false,
            &[Ty::Null("r0_again")],
            &[Ty::Null("r0_again")],
        )]);
        groups.push(vec![def(
            "r0_other",
            None,
            false,
            &[Ty::Null("r0")],
            &[Ty::Null("r0")],
        )]);
        Universe(groups)
    }

    /// A type's group, and its place there.
    fn place(&self, name: &str) -> (usize, usize) {
        let found = self.0.iter().enumerate().find_map(|(group, types)| {
            types
                .iter()
                .position(|def| def.name == name)
                .map(|position| (group, position))
        });
        found.expect("the universe has every type that is asked for")
    }

    pub fn get(&self, name: &str) -> &Def {
        let (group, position) = self.place(name);
        &self.0[group][position]
    }

    /// A number that tells types apart.
    pub fn number(&self, name: &str) -> i32 {
        let (group, position) = self.place(name);
        (group * 10 + position) as i32
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().flatten().map(|def| def.name)
    }

    /// Whether two names stand for the same type: the same place in groups that are equal by structure.
    pub fn same(&self, a: &str, b: &str) -> bool {
        let ((group_a, at_a), (group_b, at_b)) = (self.place(a), self.place(b));
        at_a == at_b && (group_a == group_b || self.same_groups(group_a, group_b))
    }

    fn same_groups(&self, a: usize, b: usize) -> bool {
        let (types_a, types_b) = (&self.0[a], &self.0[b]);
        types_a.len() == types_b.len()
            && types_a.iter().zip(types_b).all(|(x, y)| {
                let supertypes = match (x.supertype, y.supertype) {
                    (None, None) => true,
                    (Some(x), Some(y)) => self.same_reference(a, x, b, y),
                    _ => false,
                };
                x.is_final == y.is_final
                    && supertypes
                    && self.same_types(a, x.params, b, y.params)
                    && self.same_types(a, x.results, b, y.results)
            })
    }

    /// Whether references from two groups mean the same: the same place of their own group, or the same type outside.
    fn same_reference(&self, group_a: usize, a: &str, group_b: usize, b: &str) -> bool {
        let ((to_a, at_a), (to_b, at_b)) = (self.place(a), self.place(b));
        match (to_a == group_a, to_b == group_b) {
            (true, true) => at_a == at_b,
            (false, false) => self.same(a, b),
            _ => false,
        }
    }

    fn same_types(&self, group_a: usize, a: &[Ty], group_b: usize, b: &[Ty]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(x, y)| match (x, y) {
                (Ty::I32, Ty::I32) | (Ty::I64, Ty::I64) | (Ty::FuncRef, Ty::FuncRef) => true,
                (Ty::Null(x), Ty::Null(y)) => self.same_reference(group_a, x, group_b, y),
                _ => false,
            })
    }

    /// Whether `a` is `b` or has it among its declared supertypes.
    pub fn below(&self, a: &str, b: &str) -> bool {
        self.same(a, b) || self.get(a).supertype.is_some_and(|above| self.below(above, b))
    }

    /// The definitions in the text format, in an order that depends on `variant`.
    pub fn text(&self, variant: usize) -> String {
        let mut text = String::new();
        let mut written: Vec<usize> = Vec::new();
        for number in 0..variant {
            text += &format!("(type (func (param{})))", " f32".repeat(number + 1));
        }
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        if variant % 2 == 1 {
            order.reverse();
        }
        for group in order {
            self.write_group(group, variant, &mut written, &mut text);
        }
        text
    }

    fn write_group(&self, group: usize, variant: usize, written: &mut Vec<usize>, text: &mut String) {
        if written.contains(&group) {
            return;
        }
        written.push(group);
        let mentioned = self.0[group].iter().flat_map(|def| {
            let parts = def.params.iter().chain(def.results).filter_map(|ty| match ty {
                Ty::Null(name) => Some(*name),
                _ => None,
            });
            parts.chain(def.supertype)
        });
        for name in mentioned.collect::<Vec<_>>() {
            let other = self.place(name).0;
            if other != group {
                self.write_group(other, variant, written, text);
            }
        }
        // A type alone is in a group of its own, whether that is written or not.
        let written_out = self.0[group].len() > 1 || variant % 3 == 2;
        let types: String = self.0[group].iter().map(type_text).collect();
        *text += &if written_out {
            format!("(rec {types})\n")
        } else {
            format!("{types}\n")
        };
    }
}

fn type_text(def: &Def) -> String {
    let list = |keyword: &str, types: &[Ty]| -> String {
        types
            .iter()
            .map(|ty| format!("({keyword} {})", ty_text(*ty)))
            .collect()
    };
    let is_final = if def.is_final { "final" } else { "" };
    let above = def.supertype.map_or(String::new(), |name| format!("${name}"));
    let (params, results) = (list("param", def.params), list("result", def.results));
    format!(
        "(type ${} (sub {is_final} {above} (func {params} {results})))",
        def.name
    )
}

pub fn ty_text(ty: Ty) -> String {
    match ty {
        Ty::I32 => "i32".to_owned(),
        Ty::I64 => "i64".to_owned(),
        Ty::FuncRef => "funcref".to_owned(),
        Ty::Null(name) => format!("(ref null ${name})"),
    }
}
