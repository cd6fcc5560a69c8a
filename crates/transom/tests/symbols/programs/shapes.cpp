// The same for names that are mangled.
namespace shapes {
struct Shape {
    int sides;
    int corner(int at) const;
};

template <typename T> static inline T within(T at, T count) {
    if (at >= count)
        __builtin_trap();
    return at;
}

__attribute__((noinline)) int Shape::corner(int at) const {
    return within<int>(at, sides) * 2;
}
} // namespace shapes

extern "C" __attribute__((export_name("run"))) int run(int at) {
    shapes::Shape square{4};
    return square.corner(at) + 1;
}
