// Rounds of work with strings, arrays, maps, classes and closures; the result is a number made of theirs.
"use strict";
let hash = 0;
const add = (value) => { hash = Math.imul(hash ^ value, 0x01000193); };

let state = 1;
function random(limit) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % limit;
}

class Shape {
    constructor(name) { this.name = name; }
    get area() { return 0; }
    toString() { return `${this.name}: ${this.area.toFixed(2)}`; }
}
class Rectangle extends Shape {
    #width; #height;
    constructor(width, height) {
        super("rectangle");
        this.#width = width;
        this.#height = height;
    }
    get area() { return this.#width * this.#height; }
}
class Circle extends Shape {
    constructor(radius) {
        super("circle");
        this.radius = radius;
    }
    get area() { return Math.PI * this.radius ** 2; }
}

function* fibonacci(limit) {
    for (let [a, b] = [0, 1]; a < limit; [a, b] = [b, a + b]) yield a;
}

function countWords(text) {
    const counts = new Map();
    for (const [word] of text.matchAll(/[a-z]+\d*/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function parseExpression(text) {
    const tokens = text.match(/\d+|[-+*/()]/g);
    let at = 0;
    const atom = () => {
        const token = tokens[at++];
        if (token !== "(") return Number(token);
        const value = sum();
        at++;
        return value;
    };
    const product = () => {
        let value = atom();
        while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? value * atom() : value / atom();
        return value;
    };
    const sum = () => {
        let value = product();
        for (;;) {
            if (tokens[at] !== "+" && tokens[at] !== "-") return value;
            value = tokens[at++] === "+" ? value + product() : value - product();
        }
    };
    return sum();
}

function round(index) {
    const words = Array.from({ length: 120 }, () => String.fromCharCode(97 + random(26)) + random(30));
    const counted = countWords(words.join(" "));
    add(counted.length);
    for (const [word, count] of counted.slice(0, 5)) add(word.charCodeAt(0) * count);

    const shapes = words.map((word, i) => i % 2 ? new Rectangle(i, word.length) : new Circle(i / 4));
    const total = shapes.filter((shape) => shape.area > 10).reduce((sum, shape) => sum + shape.area, 0);
    add(Math.floor(total) + String(shapes[index % 100]).length);

    const tree = { index, name: "ro\"und\n", list: words.slice(0, 10), nested: { a: null, b: [true, 1.5, -2e-7] } };
    const copy = JSON.parse(JSON.stringify(tree));
    add(JSON.stringify(copy, null, 2).length + Object.keys({ ...copy, ...copy.nested }).length);

    for (const value of fibonacci(1000)) add(value);
    add(parseExpression(`(1 + ${index} * 3) * (7 - 2) / 4 + (10 - (3 + ${random(50)})) * 2`) * 4);

    const bytes = new Uint8Array(256).map((_, i) => i * 7 + index);
    bytes.sort();
    add(new DataView(bytes.buffer).getUint32(index % 200, true));
    add(Number((2n ** 80n + BigInt(index)) % 1000003n));

    try {
        if (index % 2) undefined.property;
        else throw new RangeError("odd");
    } catch (error) {
        add(error instanceof TypeError ? 1 : error.message.length);
    }
}

(rounds) => {
    hash = 0;
    state = 1;
    for (let i = 0; i < rounds; i++) round(i);
    return hash;
};
