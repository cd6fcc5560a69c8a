// QuickJS: compiles quickjs.js, and runs it n times.
#include "program.h"
#include <quickjs.h>

static const char script[] = {
#embed "quickjs.js"
    , 0
};

int32_t work(int32_t n) {
    JSRuntime *runtime = JS_NewRuntime();
    CHECK(runtime);
    // Where the stack is can't be asked for.
    JS_SetMaxStackSize(runtime, 0);
    JSContext *context = JS_NewContext(runtime);
    CHECK(context);
    JSValue function = JS_Eval(context, script, sizeof script - 1, "script", JS_EVAL_TYPE_GLOBAL);
    CHECK(JS_IsFunction(context, function));
    JSValue argument = JS_NewInt32(context, n), value = JS_Call(context, function, JS_UNDEFINED, 1, &argument);
    int32_t result;
    CHECK(JS_ToInt32(context, &result, value) == 0);
    JS_FreeValue(context, value);
    JS_FreeValue(context, function);
    JS_FreeContext(context);
    JS_FreeRuntime(runtime);
    return result;
}
