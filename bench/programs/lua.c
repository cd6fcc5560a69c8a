// Lua: compiles lua.lua, and runs it n times.
#include "program.h"
#include <lauxlib.h>
#include <lualib.h>

static const char script[] = {
#embed "lua.lua"
    , 0
};

int32_t work(int32_t n) {
    lua_State *lua = luaL_newstate();
    CHECK(lua);
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
    lua_settop(lua, 0);
    CHECK(luaL_loadbufferx(lua, script, sizeof script - 1, "script", "t") == LUA_OK);
    lua_pushinteger(lua, n);
    CHECK(lua_pcall(lua, 1, 1, 0) == LUA_OK);
    int32_t result = (int32_t)lua_tointeger(lua, -1);
    lua_close(lua);
    return result;
}
