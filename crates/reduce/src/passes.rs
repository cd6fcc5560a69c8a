//! What is tried, in the order in which it is tried: whole items, then instructions, then what is within them.

use crate::body::{Body, NOWHERE, begins_block, never_returns};
use crate::encode::pieces;
use crate::expose;
use crate::immediates;
use crate::module::Module;
use crate::plan::{Change, Edit, Site, Space};
use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, Operator, TableInit, TypeRef, ValType,
};

/// Something that can be made of a module in many places.
pub(crate) struct Pass {
    /// In two words, for people.
    pub name: &'static str,
    /// All the places.
    pub changes: fn(&Module<'_>) -> Vec<Change>,
    /// Whether it is done again at once as long as it leads anywhere, as numbers become smaller step by step.
    pub again: bool,
}

const fn pass(name: &'static str, changes: fn(&Module<'_>) -> Vec<Change>) -> Pass {
    Pass {
        name,
        changes,
        again: false,
    }
}

const fn numbers(name: &'static str, changes: fn(&Module<'_>) -> Vec<Change>) -> Pass {
    Pass {
        name,
        changes,
        again: true,
    }
}

/// All passes.
pub(crate) const PASSES: &[Pass] = &[
    pass("custom sections", |module| items(module, &[Space::Custom])),
    pass("exports", exports),
    pass("functions", |module| items(module, &[Space::Func])),
    pass("bodies", |module| bodies(module, Edit::Trap)),
    pass("bodies to defaults", |module| bodies(module, Edit::Simplify)),
    pass("items", |module| {
        items(
            module,
            &[
                Space::Elem,
                Space::Data,
                Space::Table,
                Space::Memory,
                Space::Global,
                Space::Tag,
            ],
        )
    }),
    pass("types", |module| items(module, &[Space::Type])),
    pass("instructions", instructions),
    pass("operands", operands),
    pass("second arms", second_arms),
    pass("dead code", |module| dead_code(module, Edit::Cut)),
    pass("ends of code", |module| dead_code(module, Edit::Stop)),
    pass("leftovers", leftovers),
    pass("traps", traps),
    pass("values", values),
    pass("pairs", pairs),
    pass("locals", locals),
    pass("results", |module| results(module, |_| 0)),
    pass("last results", |module| results(module, |count| count - 1)),
    pass("parameters", parameters),
    pass("fields", fields),
    pass("imports", imports),
    pass("supertypes", supertypes),
    pass("catch clauses", catches),
    pass("immediates", immediates),
    pass("initial values", initial_values),
    numbers("entries", entries),
    numbers("limits", limits),
    numbers("halved limits", halved_limits),
    numbers("bytes", |module| bytes(module, Edit::Remove)),
    numbers("zero bytes", |module| bytes(module, Edit::Simplify)),
    pass("ones", |module| constants(module, |_| Some(1))),
    pass("positive numbers", |module| constants(module, i64::checked_neg)),
    numbers("halved numbers", |module| {
        constants(module, |number| Some(number / 2))
    }),
];

fn items(module: &Module<'_>, spaces: &[Space]) -> Vec<Change> {
    let items = spaces
        .iter()
        .flat_map(|of| (0..module.count(*of)).map(|index| Site::Item(*of, index)));
    items.map(|site| (site, Edit::Remove)).collect()
}

fn exports(module: &Module<'_>) -> Vec<Change> {
    let mut changes = items(module, &[Space::Export]);
    changes.extend(module.rest.start.map(|_| (Site::Start, Edit::Remove)));
    changes
}

fn bodies(module: &Module<'_>, edit: Edit) -> Vec<Change> {
    let defined = module.imported(Space::Func)..module.count(Space::Func);
    defined
        .map(|func| (Site::Item(Space::Func, func), edit))
        .collect()
}

fn imports(module: &Module<'_>) -> Vec<Change> {
    let spaces = [
        Space::Func,
        Space::Table,
        Space::Memory,
        Space::Global,
        Space::Tag,
    ];
    let imported = spaces
        .iter()
        .flat_map(|of| (0..module.imported(*of)).map(|index| Site::Item(*of, index)));
    imported.map(|site| (site, Edit::Define)).collect()
}

/// The bodies with the indices of their functions.
fn defined<'m, 'a>(module: &'m Module<'a>) -> impl Iterator<Item = (u32, &'m Body<'a>)> {
    (module.imported(Space::Func)..).zip(&module.bodies)
}

/// What a choice makes of each instruction.
fn each_op<'a>(module: &Module<'a>, choose: impl Fn(&Body<'a>, usize) -> Option<Edit>) -> Vec<Change> {
    let bodies = defined(module).map(|(func, body)| {
        let edits = (0..body.ops.len()).map(|at| (at, choose(body, at)));
        let edits = edits.filter_map(move |(at, edit)| Some((Site::Op(func, at as u32), edit?)));
        edits.collect::<Vec<_>>()
    });
    bodies.flatten().collect()
}

fn instructions(module: &Module<'_>) -> Vec<Change> {
    each_op(module, |body, at| {
        let belongs = matches!(
            body.ops[at].operator,
            Operator::End
                | Operator::Else
                | Operator::Catch { .. }
                | Operator::CatchAll
                | Operator::Delegate { .. }
        );
        (!belongs).then_some(Edit::Remove)
    })
}

/// Instructions in place of which one of their operands may do.
fn operands(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (func, body) in defined(module) {
        for (at, op) in (0..).zip(&body.ops) {
            let results = body.results(op);
            let [Some(result)] = results else { continue };
            if op.pops == 0 || never_returns(&op.operator) || matches!(op.operator, Operator::End) {
                continue;
            }
            let fits = |operand: &u32| match body.producer(op, *operand) {
                NOWHERE => *operand == 0,
                producer => body
                    .results(&body.ops[producer as usize])
                    .last()
                    .is_some_and(|ty| fits(*ty, *result)),
            };
            let operands = (0..op.pops).filter(fits);
            changes.extend(operands.map(|operand| (Site::Op(func, at), Edit::Keep(operand))));
        }
    }
    changes
}

/// Whether a value may do for a type, as far as that is seen at once.
fn fits(ty: Option<ValType>, wanted: ValType) -> bool {
    ty.is_none_or(|ty| ty == wanted || (ty.is_reference_type() && wanted.is_reference_type()))
}

fn second_arms(module: &Module<'_>) -> Vec<Change> {
    each_op(module, |body, at| {
        matches!(body.ops[at].operator, Operator::If { .. }).then_some(Edit::Else)
    })
}

/// What is followed by code that nothing reaches.
fn dead_code(module: &Module<'_>, edit: Edit) -> Vec<Change> {
    each_op(module, |body, at| {
        let next = body.ops.get(at + 1)?;
        let goes_on = !matches!(next.operator, Operator::End | Operator::Else);
        (never_returns(&body.ops[at].operator) && goes_on).then_some(edit)
    })
}

/// Values that are still there when something leaves a block.
fn leftovers(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (func, body) in defined(module) {
        let taken = body.producers();
        let made = (0..)
            .zip(&body.ops)
            .filter(|(at, op)| !body.results(op).is_empty() && !taken.contains(at));
        let left =
            made.filter(|(_, op)| !begins_block(&op.operator) && !matches!(op.operator, Operator::End));
        changes.extend(left.map(|(at, _)| (Site::Op(func, at), Edit::Forget)));
    }
    changes
}

/// Where a trap takes the place of what is left of a block. A trap instead of what traps already is nothing new.
fn traps(module: &Module<'_>) -> Vec<Change> {
    each_op(module, |body, at| {
        let useless = matches!(
            body.ops[at].operator,
            Operator::Unreachable
                | Operator::End
                | Operator::Else
                | Operator::Catch { .. }
                | Operator::CatchAll
        );
        (!useless).then_some(Edit::Trap)
    })
}

/// Where a function might return.
fn values(module: &Module<'_>) -> Vec<Change> {
    let bodies = defined(module).map(|(func, body)| {
        let ty = module.functions[func as usize];
        let results = module.types.func(ty).map_or(&[][..], |func| func.results());
        expose::values(func, body, results)
    });
    bodies.flatten().collect()
}

fn pairs(module: &Module<'_>) -> Vec<Change> {
    defined(module)
        .flat_map(|(func, body)| expose::pairs(func, body))
        .collect()
}

fn locals(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (func, body) in defined(module) {
        let ty = module.functions[func as usize];
        let params = module.types.func(ty).map_or(0, |func| func.params().len() as u32);
        let count: u32 = body.locals.iter().map(|(count, _)| count).sum();
        let locals = params..params + count;
        changes.extend(locals.map(|local| (Site::Local(func, local), Edit::Remove)));
    }
    changes
}

/// Of every function type with results, all but so many.
fn results(module: &Module<'_>, keep: fn(u32) -> u32) -> Vec<Change> {
    let types = (0..module.types.subs.len() as u32).filter_map(|ty| {
        let count = module.types.func(ty)?.results().len() as u32;
        (count > 0).then(|| (Site::Results(ty), Edit::Keep(keep(count))))
    });
    types.collect()
}

fn parameters(module: &Module<'_>) -> Vec<Change> {
    let types = (0..module.types.subs.len() as u32).flat_map(|ty| {
        let count = module.types.func(ty).map_or(0, |func| func.params().len() as u32);
        (0..count).map(move |param| (Site::Param(ty, param), Edit::Remove))
    });
    types.collect()
}

fn fields(module: &Module<'_>) -> Vec<Change> {
    let types = (0..).zip(&module.types.subs).flat_map(|(ty, sub)| {
        let count = match &sub.composite_type.inner {
            CompositeInnerType::Struct(fields) => fields.fields.len() as u32,
            _ => 0,
        };
        (0..count).map(move |field| (Site::Field(ty, field), Edit::Remove))
    });
    types.collect()
}

fn supertypes(module: &Module<'_>) -> Vec<Change> {
    let subs = || (0..).zip(&module.types.subs);
    let subtypes = subs().filter(|(_, sub)| !sub.supertype_idxs.is_empty());
    let open = subs().filter(|(_, sub)| !sub.is_final);
    let removed = subtypes.map(|(ty, _)| (Site::Super(ty), Edit::Remove));
    removed
        .chain(open.map(|(ty, _)| (Site::Super(ty), Edit::Simplify)))
        .collect()
}

fn catches(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (func, body) in defined(module) {
        for (at, op) in (0..).zip(&body.ops) {
            if let Operator::TryTable { try_table } = &op.operator {
                let clauses = 0..try_table.catches.len() as u32;
                changes.extend(clauses.map(|clause| (Site::Catch(func, at, clause), Edit::Remove)));
            }
        }
    }
    changes
}

fn immediates(module: &Module<'_>) -> Vec<Change> {
    each_op(module, |body, at| {
        let mut operator = body.ops[at].operator.clone();
        let simple = match &operator {
            Operator::BrTable { targets } => targets.is_empty(),
            _ => immediates::memarg(&mut operator).is_none_or(|memarg| memarg.offset == 0),
        };
        (!simple).then_some(Edit::Simplify)
    })
}

/// The numbers of constant instructions, if they change.
fn constants(module: &Module<'_>, change: fn(i64) -> Option<i64>) -> Vec<Change> {
    each_op(module, |body, at| {
        let (number, is_float) = match &body.ops[at].operator {
            Operator::I32Const { value } => (i64::from(*value), false),
            Operator::I64Const { value } => (*value, false),
            Operator::F32Const { value } => (f32::from_bits(value.bits()) as i64, true),
            Operator::F64Const { value } => (f64::from_bits(value.bits()) as i64, true),
            _ => return None,
        };
        let changed = change(number)?;
        let useless = changed == number || changed == 0;
        (is_float || !useless).then_some(Edit::Number(changed))
    })
}

fn initial_values(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |of, index, expr: &ConstExpr<'_>| {
        let mut reader = expr.get_operators_reader();
        let simple = matches!(
            reader.read(),
            Ok(Operator::RefNull { .. } | Operator::I32Const { value: 0 })
        );
        if !simple {
            changes.push((Site::Init(of, index), Edit::Remove));
        }
    };
    for (index, table) in (module.imported(Space::Table)..).zip(&module.tables) {
        if let TableInit::Expr(init) = &table.init {
            add(Space::Table, index, init);
        }
    }
    for (index, global) in (module.imported(Space::Global)..).zip(&module.globals) {
        add(Space::Global, index, &global.init_expr);
    }
    for (index, element) in (0..).zip(&module.elements) {
        if let ElementKind::Active { offset_expr, .. } = &element.kind {
            add(Space::Elem, index, offset_expr);
        }
    }
    for (index, data) in (0..).zip(&module.data) {
        if let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind {
            add(Space::Data, index, offset_expr);
        }
    }
    changes
}

fn entries(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, element) in (0..).zip(&module.elements) {
        let (count, expressions) = match &element.items {
            ElementItems::Functions(functions) => (functions.count(), false),
            ElementItems::Expressions(_, exprs) => (exprs.count(), true),
        };
        changes.extend((0..count).map(|entry| (Site::Entry(index, entry), Edit::Remove)));
        if expressions {
            changes.extend((0..count).map(|entry| (Site::Entry(index, entry), Edit::Simplify)));
        }
    }
    changes
}

/// The initial size and maximum of each table and memory.
fn sizes(module: &Module<'_>) -> Vec<(Site, u64, Option<u64>)> {
    let (mut tables, mut memories) = (0, 0);
    let imported = module.imports.iter().map(|import| import.ty);
    let defined_tables = module.tables.iter().map(|table| TypeRef::Table(table.ty));
    let defined_memories = module.memories.iter().map(|memory| TypeRef::Memory(*memory));
    let all = imported.chain(defined_tables).chain(defined_memories);
    all.filter_map(|ty| match ty {
        TypeRef::Table(ty) => {
            tables += 1;
            Some((Site::Limits(Space::Table, tables - 1), ty.initial, ty.maximum))
        }
        TypeRef::Memory(ty) => {
            memories += 1;
            Some((Site::Limits(Space::Memory, memories - 1), ty.initial, ty.maximum))
        }
        _ => None,
    })
    .collect()
}

fn limits(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (site, initial, maximum) in sizes(module) {
        changes.extend((initial > 0).then_some((site, Edit::Number(0))));
        changes.extend(maximum.map(|_| (site, Edit::Simplify)));
    }
    changes
}

fn halved_limits(module: &Module<'_>) -> Vec<Change> {
    let large = sizes(module).into_iter().filter(|(_, initial, _)| *initial > 1);
    large
        .map(|(site, initial, _)| (site, Edit::Number((initial / 2) as i64)))
        .collect()
}

fn bytes(module: &Module<'_>, edit: Edit) -> Vec<Change> {
    let segments = (0..).zip(&module.data).flat_map(|(index, data)| {
        let pieces = pieces(data.data.len());
        pieces.map(move |(from, to)| (Site::Bytes(index, from, to), edit))
    });
    segments.collect()
}
