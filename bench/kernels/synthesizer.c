// Sound from oscillators and filters: floats, their conversions to integers and back, and feedback.
#include "kernel.h"

#define BLOCK 256
#define VOICES 4

struct filter {
    float cutoff, resonance, low, band;
};

struct voice {
    u32 phase, step;
    float level, decay;
    struct filter filter;
};

static struct voice voices[VOICES];
static float mixed[BLOCK], echo[4096];
static i16 samples[BLOCK];
static u32 echo_at;

static float saw(u32 phase) { return (float)(i32)phase / 2147483648.0f; }

// A parabola in place of a sine.
static float round_wave(u32 phase) {
    float x = saw(phase);
    return 4.0f * x * (1.0f - (x < 0.0f ? -x : x));
}

static float apply(struct filter *filter, float in) {
    filter->low += filter->cutoff * filter->band;
    float high = in - filter->low - filter->resonance * filter->band;
    filter->band += filter->cutoff * high;
    return filter->low;
}

static NOINLINE void play_voice(struct voice *voice) {
    for (i32 i = 0; i < BLOCK; i++) {
        float wave = 0.5f * saw(voice->phase) + 0.5f * round_wave(voice->phase * 2);
        mixed[i] += voice->level * apply(&voice->filter, wave);
        voice->phase += voice->step;
        voice->level *= voice->decay;
    }
}

static NOINLINE void add_echo(void) {
    for (i32 i = 0; i < BLOCK; i++) {
        float *old = &echo[echo_at++ & 4095];
        mixed[i] = *old = mixed[i] + 0.4f * *old;
    }
}

static NOINLINE void convert(void) {
    for (i32 i = 0; i < BLOCK; i++) {
        float x = mixed[i] * 9000.0f;
        x = x > 32767.0f ? 32767.0f : x < -32768.0f ? -32768.0f : x;
        samples[i] = (i16)(i32)__builtin_floorf(x + 0.5f);
    }
}

KERNEL i32 run(i32 n) {
    u32 random = 107, hash = 0;
    echo_at = 0;
    for (i32 i = 0; i < 4096; i++) echo[i] = 0.0f;
    for (i32 i = 0; i < VOICES; i++) voices[i] = (struct voice){0};
    for (i32 block = 0; block < n; block++) {
        if (block % 8 == 0) {
            u32 x = next_random(&random);
            voices[block / 8 % VOICES] = (struct voice){
                0, (x & 0xff) * 200000 + 10000000, 1.0f, 0.9997f,
                {0.02f + (float)(x >> 8 & 255) / 1024.0f, 0.3f, 0.0f, 0.0f},
            };
        }
        for (i32 i = 0; i < BLOCK; i++) mixed[i] = 0.0f;
        for (i32 i = 0; i < VOICES; i++) play_voice(&voices[i]);
        add_echo();
        convert();
        for (i32 i = 0; i < BLOCK; i += 16) hash = mix(hash, (u32)samples[i]);
    }
    return (i32)hash;
}
