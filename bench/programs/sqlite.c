// SQLite: a database in memory, with n hundred orders of customers; joined, grouped, ordered and changed.
#include "program.h"
#include <sqlite3.h>

// A file system in which nothing can be opened; a database in memory wants one all the same.
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    (void)vfs, (void)name, (void)flags, (void)out;
    file->pMethods = 0;
    return SQLITE_CANTOPEN;
}
static int delete_file(sqlite3_vfs *vfs, const char *name, int sync) {
    return (void)vfs, (void)name, (void)sync, SQLITE_OK;
}
static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)vfs, (void)name, (void)flags;
    *result = 0;
    return SQLITE_OK;
}
static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}
static int randomness(sqlite3_vfs *vfs, int size, char *out) {
    (void)vfs;
    for (int i = 0; i < size; i++) out[i] = (char)(i * 7);
    return size;
}
static int sleep_no_time(sqlite3_vfs *vfs, int microseconds) { return (void)vfs, microseconds; }
static int current_time(sqlite3_vfs *vfs, double *day) { return (void)vfs, *day = 2458849.5, SQLITE_OK; }
static int last_error(sqlite3_vfs *vfs, int size, char *out) { return (void)vfs, (void)size, (void)out, 0; }

static sqlite3_vfs vfs = {
    .iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 64, .zName = "none", .xOpen = open_file,
    .xDelete = delete_file, .xAccess = access_file, .xFullPathname = full_name, .xRandomness = randomness,
    .xSleep = sleep_no_time, .xCurrentTime = current_time, .xGetLastError = last_error,
};

int sqlite3_os_init(void) { return sqlite3_vfs_register(&vfs, 1); }
int sqlite3_os_end(void) { return SQLITE_OK; }

static const char schema[] =
    "create table customers (id integer primary key, name text not null, city text, since integer);"
    "create table orders"
    " (id integer primary key, customer integer references customers, item text, price real, day integer);"
    "create index orders_by_customer on orders (customer, day);"
    "create view totals as select customer, count(*) as orders, sum(price) as total from orders group by customer;";

static const char *const queries[] = {
    "select count(*), sum(price), min(item), max(day) from orders",
    "select c.city, count(*), round(avg(t.total), 2) from customers c join totals t on t.customer = c.id"
    " group by c.city order by 3 desc, 1",
    "select c.name, o.item, o.price from customers c join orders o on o.customer = c.id"
    " where o.day between 100 and 130 and c.since % 3 = 1 order by o.price desc, o.id limit 40",
    "select item, count(distinct customer) from orders where item like '%1%' group by item having count(*) > 2"
    " order by 2 desc, item limit 25",
    "with recursive days (day) as (select 0 union all select day + 1 from days where day < 364)"
    " select d.day, (select count(*) from orders o where o.customer = d.day % 17 and o.day <= d.day) from days d",
    "select name, total, rank() over (partition by city order by total desc, id) from customers"
    " join totals on customer = id order by id limit 100",
    "select upper(substr(name, 1, 4)) || printf('%05d', id), length(replace(name, 'a', 'bb')) from customers"
    " where exists (select 1 from orders where customer = customers.id and price > 450) order by name desc limit 50",
};

static void execute(sqlite3 *database, const char *sql) { CHECK(sqlite3_exec(database, sql, 0, 0, 0) == SQLITE_OK); }

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement;
    CHECK(sqlite3_prepare_v2(database, sql, -1, &statement, 0) == SQLITE_OK);
    return statement;
}

static void step(sqlite3_stmt *statement) {
    CHECK(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
}

static void fill(sqlite3 *database, int customers, int orders) {
    static const char *const cities[] = {"Aachen", "Bern", "Cork", "Delft", "Essen"};
    char text[32];
    uint32_t random = 7;
    execute(database, "begin");
    sqlite3_stmt *insert = prepare(database, "insert into customers (name, city, since) values (?, ?, ?)");
    for (int i = 0; i < customers; i++) {
        uint32_t x = next_random(&random);
        int first = 'A' + (int)(x & 15), second = 'a' + (int)(x >> 4 & 15);
        sqlite3_snprintf(sizeof text, text, "%c%cnna %d", first, second, (int)(x >> 20));
        sqlite3_bind_text(insert, 1, text, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 2, cities[(x >> 8) % 5], -1, SQLITE_STATIC);
        sqlite3_bind_int(insert, 3, (int)(x >> 16 & 31) + 1990);
        step(insert);
    }
    sqlite3_finalize(insert);
    insert = prepare(database, "insert into orders (customer, item, price, day) values (?, ?, ?, ?)");
    for (int i = 0; i < orders; i++) {
        uint32_t x = next_random(&random);
        sqlite3_snprintf(sizeof text, text, "item %d", (int)(x >> 22));
        sqlite3_bind_int(insert, 1, (int)(next_random(&random) % (uint32_t)customers) + 1);
        sqlite3_bind_text(insert, 2, text, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(insert, 3, (double)(x & 0xffff) / 128.0);
        sqlite3_bind_int(insert, 4, (int)((x >> 8) % 365));
        step(insert);
    }
    sqlite3_finalize(insert);
    execute(database, "commit");
}

static uint32_t hash_rows(sqlite3 *database, const char *sql, uint32_t hash) {
    sqlite3_stmt *statement = prepare(database, sql);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const unsigned char *text = sqlite3_column_text(statement, i);
            for (; text && *text; text++) hash = mix(hash, *text);
            hash = mix(hash, 256);
        }
    CHECK(code == SQLITE_DONE);
    sqlite3_finalize(statement);
    return hash;
}

int32_t work(int32_t n) {
    sqlite3 *database;
    CHECK(sqlite3_open(":memory:", &database) == SQLITE_OK);
    execute(database, schema);
    fill(database, 10 + n * 5, n * 100);
    uint32_t hash = 0;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) hash = hash_rows(database, queries[i], hash);
        execute(database, "update orders set price = price * 1.5, item = item || '!' where day % 7 = 3;"
                          "delete from orders where customer in (select id from customers where city = 'Cork')");
    }
    CHECK(sqlite3_close(database) == SQLITE_OK);
    return (int32_t)hash;
}
