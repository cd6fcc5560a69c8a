-- Rounds of work with strings, tables, closures and objects; the result is a number made of theirs.
local rounds = ...
local hash = 0
local function add(value) hash = ((hash ~ (value & 0xffffffff)) * 0x01000193) & 0xffffffff end

local state = 1
local function random(limit)
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return (state >> 8) % limit
end

local function words_of(count)
    local words = {}
    for i = 1, count do words[i] = ("%s%03d"):format(string.char(97 + random(26)), random(500)) end
    return words
end

local function count_words(text)
    local counts, order = {}, {}
    for word in text:gmatch("%a%d+") do
        if not counts[word] then
            counts[word] = 0
            order[#order + 1] = word
        end
        counts[word] = counts[word] + 1
    end
    table.sort(order, function(a, b)
        if counts[a] ~= counts[b] then return counts[a] > counts[b] end
        return a < b
    end)
    return counts, order
end

local Account = {}
Account.__index = Account
function Account.new(name) return setmetatable({name = name, balance = 0, log = {}}, Account) end
function Account:deposit(amount)
    self.balance = self.balance + amount
    self.log[#self.log + 1] = amount
    return self
end
local Savings = setmetatable({}, {__index = Account})
Savings.__index = Savings
function Savings.new(name, rate)
    local account = setmetatable(Account.new(name), Savings)
    account.rate = rate
    return account
end
function Savings:deposit(amount) return Account.deposit(self, amount + amount * self.rate // 100) end

local function compose(...)
    local functions = {...}
    return function(x)
        for i = #functions, 1, -1 do x = functions[i](x) end
        return x
    end
end

local function primes(limit)
    local composite, found = {}, {}
    for i = 2, limit do
        if not composite[i] then
            found[#found + 1] = i
            for j = i * i, limit, i do composite[j] = true end
        end
    end
    return found
end

local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({a[1] + b[1], a[2] + b[2]}, Vector) end
Vector.__mul = function(a, k) return setmetatable({a[1] * k, a[2] * k}, Vector) end
Vector.__eq = function(a, b) return a[1] == b[1] and a[2] == b[2] end

for round = 1, rounds do
    local text = table.concat(words_of(300), " ")
    local counts, order = count_words(text)
    add(#order)
    for i = 1, math.min(5, #order) do add(counts[order[i]] + order[i]:byte()) end
    add(#text:upper():gsub("(%a)(%d)", "%2%1"):rep(2):reverse())

    local accounts = {}
    for i = 1, 20 do accounts[i] = i % 2 == 0 and Account.new("a" .. i) or Savings.new("s" .. i, i) end
    for i = 1, 200 do accounts[i % 20 + 1]:deposit(random(1000)) end
    for _, account in ipairs(accounts) do add(account.balance + #account.log + #account.name) end

    local steps = compose(function(x) return x + round end, function(x) return x * 3 end, function(x) return x // 2 end)
    for i = 1, 100 do add(steps(i)) end

    local found = primes(500)
    add(#found + found[#found])

    local position = setmetatable({0.0, 0.0}, Vector)
    for i = 1, 100 do position = position + setmetatable({i * 0.5, 1.0 / i}, Vector) * 0.25 end
    add(math.floor(position[1] * 1000) + math.floor(position[2] * 1000))
    if position == position * 1 then add(1) end
end
return hash
