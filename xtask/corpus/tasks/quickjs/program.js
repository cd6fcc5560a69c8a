// Classes, generators, regular expressions, big integers, exceptions and JSON.
class Shape {
    constructor(name) { this.name = name; }
    area() { throw new TypeError(`${this.name} has no area`); }
}
class Circle extends Shape {
    constructor(radius) { super("circle"); this.radius = radius; }
    area() { return Math.PI * this.radius ** 2; }
}
function* fibonacci() {
    for (let [a, b] = [0n, 1n]; ; [a, b] = [b, a + b]) yield a;
}
const numbers = [];
for (const n of fibonacci()) {
    if (numbers.push(n) === 150) break;
}
console.log(String(numbers.at(-1)));
console.log(new Circle(2).area().toFixed(9));
try {
    new Shape("line").area();
} catch (error) {
    console.log(error instanceof TypeError, error.message);
}
const words = "the quick brown fox jumps over the lazy dog".match(/\b\w{4,}\b/g);
console.log(JSON.stringify(Object.fromEntries(words.map(word => [word, word.length]))));
let sum = 0;
for (let i = 0; i < 1_000_000; i++) sum = (sum * 31 + i) | 0;
console.log(sum, [3, 1, 2].toSorted().join());
