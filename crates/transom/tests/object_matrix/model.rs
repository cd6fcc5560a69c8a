//! The specification's rules (§3.1.2, §3.3) for structures and arrays, written down once more and as plainly as possible: rec groups
//! that are equal by structure, and chains of declared supertypes. Nothing of Transom is used here.

/// What a field or element holds.
#[derive(Clone, Copy)]
pub enum Storage {
    I8,
    I32,
    I64,
    AnyRef,
    /// `(ref null $type)`, by the type's name.
    Null(&'static str),
}

#[derive(Clone, Copy)]
pub struct Field {
    pub storage: Storage,
    pub mutable: bool,
}

#[derive(Clone)]
pub enum Body {
    Struct(Vec<Field>),
    Array(Field),
}

/// A defined type.
pub struct Def {
    pub name: String,
    pub supertype: Option<String>,
    pub is_final: bool,
    pub body: Body,
}

/// A heap type of the hierarchy of internal values. Defined types go by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Heap {
    Any,
    Eq,
    I31,
    Struct,
    Array,
    None,
    Type(usize),
}

/// A value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Actual {
    Null,
    I31,
    /// A value of the host's, internalised.
    Host,
    /// An object of a type.
    Object(usize),
}

/// All types of the matrix, and how they are grouped.
pub struct Universe {
    pub types: Vec<Def>,
    /// First and last but one type of each rec group.
    pub groups: Vec<(usize, usize)>,
}

/// The most supertypes that a type can have.
pub const DEPTH_LIMIT: usize = 63;

const CONST_I32: Field = constant(Storage::I32);

const fn constant(storage: Storage) -> Field {
    Field {
        storage,
        mutable: false,
    }
}

const fn variable(storage: Storage) -> Field {
    Field {
        storage,
        mutable: true,
    }
}

fn structure(fields: &[Field]) -> Body {
    Body::Struct(fields.to_vec())
}

type Row<'a> = (&'a str, &'a str, bool, Body);

impl Universe {
    /// A chain of structures as deep as types can be, and one of arrays; siblings and equals of their sixth; and types that differ in
    /// their finality, their group, their place in it, or their fields.
    pub fn new() -> Universe {
        let mut types = Universe {
            types: Vec::new(),
            groups: Vec::new(),
        };
        types.add_chain("s", DEPTH_LIMIT + 1, &structure(&[CONST_I32]));
        types.add_chain("a", 13, &Body::Array(CONST_I32));
        types.add_structures();
        types.add_arrays();
        types
    }

    fn add_chain(&mut self, prefix: &str, count: usize, body: &Body) {
        for depth in 0..count {
            let above = depth
                .checked_sub(1)
                .map_or(String::new(), |above| format!("{prefix}{above}"));
            self.add(&[(&format!("{prefix}{depth}"), &above, false, body.clone())]);
        }
    }

    fn add_structures(&mut self) {
        let one = structure(&[CONST_I32]);
        let empty = structure(&[]);
        let pair = |storage| structure(&[CONST_I32, constant(storage)]);
        let link = |name| structure(&[CONST_I32, variable(Storage::Null(name))]);
        // The same as `s5`, and the same as `s6` by another way of writing its chain.
        self.add(&[("s5_again", "s4", false, one.clone())]);
        self.add(&[("s6_again", "s5_again", false, one.clone())]);
        // Equal to `s5` but for the group; the first two groups are equal to each other.
        self.add(&[
            ("g5", "s4", false, one.clone()),
            ("g5_extra", "", true, empty.clone()),
        ]);
        self.add(&[
            ("g5_again", "s4", false, one.clone()),
            ("g5_again_extra", "", true, empty.clone()),
        ]);
        self.add(&[("h5_extra", "", true, empty), ("h5", "s4", false, one.clone())]);
        self.add(&[("q5", "s4", false, one.clone()), ("q6", "q5", false, one.clone())]);
        // Final ones, the deepest among them.
        self.add(&[("f0", "", true, one.clone())]);
        self.add(&[("f5", "s4", true, one.clone())]);
        self.add(&[("f6", "s5", true, one.clone())]);
        self.add(&[("f8", "s7", true, one.clone())]);
        self.add(&[("f63", "s62", true, one)]);
        // More fields, and fields of more special types.
        self.add(&[("w5", "s4", false, structure(&[CONST_I32, variable(Storage::I64)]))]);
        let wide = structure(&[CONST_I32, variable(Storage::I64), constant(Storage::AnyRef)]);
        self.add(&[("w6", "w5", false, wide)]);
        self.add(&[("p1", "s0", false, pair(Storage::Null("s0")))]);
        self.add(&[("p2", "p1", false, pair(Storage::Null("s5")))]);
        self.add(&[("p3", "p2", true, pair(Storage::Null("f6")))]);
        self.add(&[("m0", "", false, structure(&[variable(Storage::I32)]))]);
        // Groups whose types mention themselves are equal as well.
        self.add(&[("r0", "", false, link("r0"))]);
        self.add(&[("r0_again", "", false, link("r0_again"))]);
        self.add(&[("r0_other", "", false, link("r0"))]);
        self.add(&[("x0", "", false, link("x1")), ("x1", "x0", false, link("x1"))]);
        self.add(&[("y0", "", false, link("y1")), ("y1", "y0", false, link("y1"))]);
        let extra = ("z_extra", "", true, structure(&[]));
        self.add(&[
            extra,
            ("z0", "", false, link("z1")),
            ("z1", "z0", false, link("z1")),
        ]);
    }

    fn add_arrays(&mut self) {
        let array = |storage| Body::Array(constant(storage));
        let numbers = array(Storage::I32);
        self.add(&[("a5_again", "a4", false, numbers.clone())]);
        self.add(&[
            ("a5_grouped", "a4", false, numbers.clone()),
            ("a6_grouped", "a5_grouped", true, numbers.clone()),
        ]);
        self.add(&[("fa0", "", true, numbers.clone())]);
        self.add(&[("fa5", "a4", true, numbers)]);
        self.add(&[("am", "", false, Body::Array(variable(Storage::I32)))]);
        self.add(&[("bytes", "", true, Body::Array(variable(Storage::I8)))]);
        self.add(&[("ar0", "", false, array(Storage::Null("s0")))]);
        self.add(&[("ar1", "ar0", false, array(Storage::Null("s5")))]);
        self.add(&[("ar2", "ar1", false, array(Storage::Null("s5_again")))]);
        self.add(&[("tree", "", false, Body::Array(variable(Storage::Null("tree"))))]);
        self.add(&[(
            "tree_again",
            "",
            false,
            Body::Array(variable(Storage::Null("tree_again"))),
        )]);
    }

    fn add(&mut self, group: &[Row<'_>]) {
        let first = self.types.len();
        for (name, supertype, is_final, body) in group {
            self.types.push(Def {
                name: (*name).to_owned(),
                supertype: (!supertype.is_empty()).then(|| (*supertype).to_owned()),
                is_final: *is_final,
                body: body.clone(),
            });
        }
        self.groups.push((first, self.types.len()));
    }

    /// The number of a type.
    pub fn number(&self, name: &str) -> usize {
        let found = self.types.iter().position(|def| def.name == name);
        found.expect("the universe has every type that is asked for")
    }

    fn group_of(&self, number: usize) -> usize {
        let found = self
            .groups
            .iter()
            .position(|&(start, end)| (start..end).contains(&number));
        found.expect("every type is in a group")
    }

    pub fn supertype(&self, number: usize) -> Option<usize> {
        self.types[number]
            .supertype
            .as_deref()
            .map(|name| self.number(name))
    }

    pub fn is_struct(&self, number: usize) -> bool {
        matches!(self.types[number].body, Body::Struct(_))
    }

    /// Whether two numbers stand for the same type: the same place in groups that are equal by structure.
    pub fn same(&self, a: usize, b: usize) -> bool {
        let (group_a, group_b) = (self.group_of(a), self.group_of(b));
        let place = |number: usize, group: usize| number - self.groups[group].0;
        place(a, group_a) == place(b, group_b) && (group_a == group_b || self.same_groups(group_a, group_b))
    }

    fn same_groups(&self, a: usize, b: usize) -> bool {
        let types = |group: usize| {
            let (start, end) = self.groups[group];
            start..end
        };
        types(a).len() == types(b).len()
            && types(a).zip(types(b)).all(|(x, y)| {
                let supertypes = match (self.supertype(x), self.supertype(y)) {
                    (None, None) => true,
                    (Some(x), Some(y)) => self.same_reference((a, x), (b, y)),
                    _ => false,
                };
                supertypes
                    && self.types[x].is_final == self.types[y].is_final
                    && self.same_bodies((a, x), (b, y))
            })
    }

    /// Whether references from two groups mean the same: the same place of their own group, or the same type outside.
    fn same_reference(&self, (group_a, a): (usize, usize), (group_b, b): (usize, usize)) -> bool {
        let (to_a, to_b) = (self.group_of(a), self.group_of(b));
        match (to_a == group_a, to_b == group_b) {
            (true, true) => a - self.groups[to_a].0 == b - self.groups[to_b].0,
            (false, false) => self.same(a, b),
            _ => false,
        }
    }

    fn same_bodies(&self, (group_a, a): (usize, usize), (group_b, b): (usize, usize)) -> bool {
        let field = |x: &Field, y: &Field| {
            x.mutable == y.mutable
                && match (x.storage, y.storage) {
                    (Storage::Null(x), Storage::Null(y)) => {
                        self.same_reference((group_a, self.number(x)), (group_b, self.number(y)))
                    }
                    (x, y) => std::mem::discriminant(&x) == std::mem::discriminant(&y),
                }
        };
        match (&self.types[a].body, &self.types[b].body) {
            (Body::Struct(x), Body::Struct(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| field(x, y))
            }
            (Body::Array(x), Body::Array(y)) => field(x, y),
            _ => false,
        }
    }

    /// Whether `a` is `b` or has it among its declared supertypes.
    pub fn below(&self, a: usize, b: usize) -> bool {
        self.same(a, b) || self.supertype(a).is_some_and(|above| self.below(above, b))
    }

    /// Whether every object of heap type `a` is one of `b`.
    pub fn heap_below(&self, a: Heap, b: Heap) -> bool {
        use Heap::*;
        match (a, b) {
            (None, _) | (_, Any) => true,
            (Any, _) | (_, None) => false,
            (_, Eq) => true,
            (Type(a), Type(b)) => self.below(a, b),
            (Type(a), Struct) => self.is_struct(a),
            (Type(a), Array) => !self.is_struct(a),
            (a, b) => a == b,
        }
    }

    pub fn heap_same(&self, a: Heap, b: Heap) -> bool {
        self.heap_below(a, b) && self.heap_below(b, a)
    }

    /// Whether a value has a reference type.
    pub fn has(&self, actual: Actual, heap: Heap, nullable: bool) -> bool {
        match actual {
            Actual::Null => nullable,
            _ => self.heap_below(actual.heap(), heap),
        }
    }
}

impl Actual {
    /// The most special heap type of the value.
    pub fn heap(self) -> Heap {
        match self {
            Actual::Null => Heap::None,
            Actual::I31 => Heap::I31,
            Actual::Host => Heap::Any,
            Actual::Object(number) => Heap::Type(number),
        }
    }
}
