# Answers cases of the test `oracle` with the specification's `definitions.py`, whose path is the argument.
#
# Each line of the input is a case, and each line of the output its answer, both in JSON; see `case.rs` and `answer.rs`.

import __future__
import json
import struct
import sys
import types

MEMORY_SIZE = 1 << 16
# What allocations never reach, but for those that are placed at the end on purpose.
ALLOCATION_END = MEMORY_SIZE - 8192
UNTOUCHED = 0xAA


def load_definitions(path):
    """The specification as a module. Its annotations name classes that come later, so they must not be evaluated."""
    module = types.ModuleType("definitions")
    sys.modules["definitions"] = module
    with open(path, encoding="utf-8") as file:
        source = file.read()
    flags = __future__.annotations.compiler_flag
    exec(compile(source, path, "exec", flags), module.__dict__)
    return module


D = load_definitions(sys.argv[1])
D.DETERMINISTIC_PROFILE = True
# Calls the allocator itself: no task and no thread is needed for that.
D.LiftLowerContext.reallocate = lambda cx, *arguments: cx.opts.realloc(*arguments)

# What follows from the types of the current case, by their identity. The type is kept with it, so that no other has this identity.
KNOWN = {"despecialize": {}, "alignment": {}, "elem_size": {}}


def remember(name):
    function, known = getattr(D, name), KNOWN[name]

    def remembering(t, *pointer):
        if id(t) not in known:
            known[id(t)] = (t, function(t, *pointer))
        return known[id(t)][1]

    setattr(D, name, remembering)


# The specification computes these again and again.
for name in KNOWN:
    remember(name)

# The specification forgets flags here.
contains = D.contains
D.contains = lambda t, p: not isinstance(t, D.FlagsType) and contains(t, p)

NAN = {"seen": False}


def note_nan(canonicalize):
    def noting(number):
        NAN["seen"] |= number != number
        return canonicalize(number)

    return noting


# The specification chooses the payload of a NaN, so a case with one is not compared.
D.canonicalize_nan32 = note_nan(D.canonicalize_nan32)
D.canonicalize_nan64 = note_nan(D.canonicalize_nan64)

PRIMITIVES = {
    "bool": D.BoolType(),
    "s8": D.S8Type(),
    "u8": D.U8Type(),
    "s16": D.S16Type(),
    "u16": D.U16Type(),
    "s32": D.S32Type(),
    "u32": D.U32Type(),
    "s64": D.S64Type(),
    "u64": D.U64Type(),
    "f32": D.F32Type(),
    "f64": D.F64Type(),
    "char": D.CharType(),
    "string": D.StringType(),
}


def type_of(described, resources):
    if described is None:
        return None
    if isinstance(described, str):
        return PRIMITIVES[described]
    each = lambda described: type_of(described, resources)
    match described:
        case ["list", element]:
            return D.ListType(each(element))
        case ["map", key, value]:
            return D.MapType(each(key), each(value))
        case ["record", fields]:
            return D.RecordType([D.FieldType(f"f{i}", each(t)) for i, t in enumerate(fields)])
        case ["tuple", fields]:
            return D.TupleType([each(t) for t in fields])
        case ["variant", cases]:
            return D.VariantType([D.CaseType(f"c{i}", each(t)) for i, t in enumerate(cases)])
        case ["enum", count]:
            return D.EnumType([f"e{i}" for i in range(count)])
        case ["flags", count]:
            return D.FlagsType([f"b{i}" for i in range(count)])
        case ["option", payload]:
            return D.OptionType(each(payload))
        case ["result", ok, error]:
            return D.ResultType(each(ok), each(error))
        case ["own", resource]:
            return D.OwnType(resources[resource])
        case ["borrow", resource]:
            return D.BorrowType(resources[resource])
    raise ValueError(described)


class Allocator:
    """Never uses memory again. The test has the same in Rust."""

    def __init__(self, memory, plan):
        self.memory = memory
        self.next = plan["start"]
        self.in_place = plan["in_place"]
        self.fault = plan["fault"]
        self.calls = []

    def __call__(self, old, old_size, align, size):
        kind = None
        if self.fault is not None and self.fault["call"] == len(self.calls):
            kind = self.fault["kind"]
        self.calls.append([old, old_size, align, size])
        if kind == "trap":
            raise D.Trap()
        if kind == "huge":
            return 0xFFFF_FFF0
        if kind == "past" and size <= MEMORY_SIZE:
            return (MEMORY_SIZE - size) // align * align + align
        if kind is None and self.in_place and old != 0:
            if size <= old_size:
                return old
            if old + old_size == self.next and old + size <= ALLOCATION_END:
                self.next = old + size
                return old
        pointer = -(-self.next // align) * align
        if kind == "odd":
            pointer += 1
        if kind == "end" and size <= 4096:
            pointer = (MEMORY_SIZE - size) // align * align
        elif pointer + size > ALLOCATION_END:
            return 0xFFFF_FFF0
        else:
            self.next = pointer + size
        if old != 0:
            copied = min(old_size, size)
            self.memory.bytes[pointer : pointer + copied] = self.memory.bytes[old : old + copied]
        return pointer


def of_host(value):
    """The same value, with the host's strings."""
    if isinstance(value, tuple):
        return (value[0], "utf8", len(value[0].encode("utf-8")))
    if isinstance(value, dict):
        return {label: of_host(part) for label, part in value.items()}
    if isinstance(value, list):
        return [of_host(part) for part in value]
    return value


class Run:
    """One way of a case's values: straight from one instance to the other, or through the host."""

    def __init__(self, case):
        self.case = case
        instances = [D.ComponentInstance(None) for _ in range(3)]
        self.resources = [D.ResourceType(instance) for instance in instances]
        self.types = [type_of(t, self.resources) for t in case["types"]]
        self.outer = D.Task(None, None, None, None, None)
        self.task = D.Task(None, None, instances[1], None, None)
        for instance, side in zip(instances, ("from", "to")):
            for resource, rep, own, lends in case[side]["entries"]:
                scope = None if own else self.outer
                handle = D.ResourceHandle(self.resources[resource], rep, own, scope)
                handle.num_lends = lends
                instance.handles.add(handle)
            for index in case[side]["removed"]:
                instance.handles.remove(index)
        source = D.MemInst(self.image(), "i32")
        if case["same"]:
            self.memory, self.fill = source, case["fill"]
        else:
            self.memory = D.MemInst(bytearray([UNTOUCHED]) * MEMORY_SIZE, "i32")
            self.fill = UNTOUCHED
        self.allocator = Allocator(self.memory, case["realloc"])
        lift = D.LiftLowerOptions(case["from"]["encoding"], source)
        lower = D.LiftLowerOptions(case["to"]["encoding"], self.memory, self.allocator)
        self.lift = D.LiftLowerContext(lift, instances[0], D.Subtask())
        self.lower = D.LiftLowerContext(lower, instances[1], self.task)
        self.max_flat = D.MAX_FLAT_RESULTS if case["results"] else D.MAX_FLAT_PARAMS

    def image(self):
        low, high = bytes.fromhex(self.case["low"]), bytes.fromhex(self.case["high"])
        between = bytes([self.case["fill"]]) * (MEMORY_SIZE - len(low) - len(high))
        return bytearray(low + between + high)

    def flat_types(self):
        """Those of the values, or `None` if these are in memory."""
        flat = D.flatten_types(self.types, self.lift.opts)
        return flat if len(flat) <= self.max_flat else None

    def shape(self):
        whole = D.TupleType(self.types)
        return {
            "flat": self.flat_types(),
            "size": D.elem_size(whole, "i32"),
            "align": D.alignment(whole, "i32"),
            "borrows": D.contains_borrow(whole),
        }

    def numbers(self):
        """The numbers of the case, with floats where the specification has some."""
        for number, ty in zip(self.case["flat"], self.flat_types() or ["i32"]):
            match ty:
                case "f32":
                    yield D.core_f32_reinterpret_i32(number)
                case "f64":
                    yield D.core_f64_reinterpret_i64(number)
                case _:
                    yield number

    def bits(self, flat):
        for number, ty in zip(flat, self.flat_types() or ["i32"]):
            match ty:
                case "f32":
                    yield D.core_i32_reinterpret_f32(number)
                case "f64":
                    yield D.core_i64_reinterpret_f64(number)
                case _:
                    yield number

    def table(self, instance):
        kinds = {id(None): 0, id(self.outer): 1, id(self.task): 2}
        table = instance.handles
        entries = [
            [index, self.resources.index(h.rt), h.rep, kinds[id(h.borrow_scope)], h.num_lends]
            for index, h in enumerate(table.array)
            if h is not None
        ]
        fresh = range(len(table.array), len(table.array) + 5)
        following = (table.free[::-1] + list(fresh))[:5]
        return {"entries": entries, "length": len(table.array), "following": following}

    def outcome(self, through_host):
        """What comes of it. What was written before a trap has no meaning, so then that is left out."""
        end = "lift"
        try:
            numbers = D.CoreValueIter(list(self.numbers()))
            values = D.lift_flat_values(self.lift, self.max_flat, numbers, self.types)
            if through_host:
                values = of_host(values)
            end = "lower"
            out = None if self.case["out"] is None else D.CoreValueIter([self.case["out"]])
            flat = D.lower_flat_values(self.lower, self.max_flat, values, self.types, out)
        except D.Trap:
            return {"end": end, "calls": self.allocator.calls if end == "lower" else []}
        return {
            "end": "ok",
            "calls": self.allocator.calls,
            "flat": list(self.bits(flat)),
            "memory": bytes(self.memory.bytes).rstrip(bytes([self.fill])).hex(),
            "source": self.table(self.lift.inst),
            "destination": self.table(self.lower.inst),
            "borrows": self.task.num_borrows,
        }


def answer(case):
    NAN["seen"] = False
    for known in KNOWN.values():
        known.clear()
    direct, hosted = Run(case), Run(case)
    reply = {"shape": direct.shape(), "direct": direct.outcome(False), "hosted": hosted.outcome(True)}
    reply["has_nan"] = NAN["seen"]
    return reply


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
