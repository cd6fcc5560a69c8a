// Classes, references and a template.
namespace geometry {

struct Shape {
    int id;
    virtual int area() const = 0;
};

struct Square : Shape {
    int side;
    int area() const override {
        return side * side;
    }
};

template <typename T> struct Box {
    T content;
};

static int total(const Shape &first, const Shape *second, int &out) {
    out = first.area() + second->area();
    return out;
}

} // namespace geometry

extern "C" void __cxa_pure_virtual() {}

extern "C" __attribute__((export_name("run"))) int run(int side) {
    geometry::Square square;
    square.id = 7;
    square.side = side;
    geometry::Box<long> box{3};
    int out = 0;
    return geometry::total(square, &square, out) + box.content;
}
