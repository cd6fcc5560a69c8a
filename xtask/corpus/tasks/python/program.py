"""Statistics of words, a matrix, JSON, a regular expression, decimals and a hash."""
import hashlib
import json
import re
from collections import Counter
from decimal import Decimal, getcontext
from fractions import Fraction

text = "the quick brown fox jumps over the lazy dog; the dog sleeps, the fox does not"
print(json.dumps(Counter(re.findall(r"\w+", text)).most_common(3)))
getcontext().prec = 40
print(Decimal(2).sqrt())
print(sum(Fraction(1, n) for n in range(1, 20)))
print(hashlib.sha256(text.encode()).hexdigest())


def primes(limit):
    sieve = bytearray([1]) * limit
    for n in range(2, limit):
        if sieve[n]:
            yield n
            sieve[n * n :: n] = bytes(len(sieve[n * n :: n]))


print(sum(primes(200_000)), 3**200)
try:
    {}["missing"]
except KeyError as error:
    print(repr(error))
with open("/result.txt", "w") as file:
    print(sorted(set(text.split())), file=file)
