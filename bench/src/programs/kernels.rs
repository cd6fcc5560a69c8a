//! The kernels: programs in C that compute, built from `kernels/` and committed.

kernels! {
    // name, what it stresses, n (40-80 ms optimised), n for quick runs (2-5 ms), run(n), run(n quick)
    "nbody", "floating point in one long dependency chain", 1_000_000, 50_000, 1_096_286_949, -1_786_442_140;
    "spectral_norm", "divisions of doubles", 800, 40, -2_078_143_096, -2_078_143_096;
    "fft", "doubles with strides that double", 1_000, 50, 245_599_941, 535_419_766;
    "matrix", "products of matrices, without vectors", 15, 1, 192_554_421, -190_970_346;
    "matrix_simd", "products of matrices, in vectors of floats", 35, 2, 1_488_439_120, -1_622_961_152;
    "mandelbrot", "doubles in registers, one loop in `run`", 400_000, 15_000, -1_542_628_467, -1_677_946_101;
    "mandelbrot_simd", "floats in vectors, compared and counted", 5_000, 250, 2_036_249_179, -1_090_276_151;
    "synthesizer", "floats and their conversions, with feedback", 10_000, 500, -967_515_790, -448_235_945;
    "raytracer", "structures of doubles, recursion and calls", 1_000_000, 50_000, -2_003_972_601, 686_012_091;
    "blur_simd", "16-bit integers in vectors, widened and narrowed", 4_000, 200, -1_938_815_871, 313_041_914;
    "base64_simd", "bytes chosen, shifted and compared in vectors", 6_000, 300, 415_394_172, -399_626_755;
    "sha256", "32-bit arithmetic with many live values", 800, 40, 1_426_243_520, -1_829_118_253;
    "chacha20", "32-bit rotations on sixteen values at once", 2_000, 100, 1_277_687_439, 1_979_513_298;
    "aes", "table lookups whose addresses are data", 1_000, 60, -934_741_854, -80_199_553;
    "curve25519", "sums of 64-bit products, without branches", 250, 15, 1_545_625_044, -203_195_329;
    "siphash", "64-bit rotations in one dependency chain", 2_000_000, 100_000, -2_137_549_473, 1_162_824_821;
    "xxhash", "64-bit multiplications in four lanes", 6_000, 300, -621_498_529, -507_010_588;
    "primes", "64-bit remainders", 120_000, 8_000, -1_703_253_068, -2_121_443_486;
    "pidigits", "64-bit divisions of long numbers", 250, 12, -1_926_712_312, -1_142_657_904;
    "collatz", "64-bit integers and a branch, one loop in `run`", 40_000_000, 2_000_000, -1_226_436_244, 1_662_815_360;
    "sieve", "bits in memory with strides, bits counted", 50, 2, -1_233_153_047, -1_755_441_117;
    "fannkuch", "permutations of a small array, short loops", 1_200_000, 60_000, -1_794_866, 231_523;
    "queens", "bits of words, recursion", 40_000, 2_000, 379_014_305, -1_534_926_828;
    "recursion", "calls and returns", 12_000, 800, 1_991_723_696, -326_945_345;
    "sort", "branches that can't be predicted", 15, 1, -835_929_032, 306_679_597;
    "strings", "strings compared behind pointers, and merged", 80, 5, 65_165_422, -841_645_715;
    "hash_map", "open addressing, loads that miss", 50, 2, -1_094_518_837, 1_675_686_833;
    "dijkstra", "a heap and a graph in arrays", 150, 7, -521_545_719, -2_019_435_079;
    "edit_distance", "dynamic programming over rows", 300, 15, -993_590_750, -460_452_144;
    "allocator", "trees on a heap with free lists", 600_000, 40_000, 217_363_686, -163_331_470;
    "bulk_memory", "the instructions that copy and fill memory", 4_000, 300, -548_464_426, 1_063_219_977;
    "compress", "bytes, hashing and copying", 60, 2, -517_110_972, 1_397_643_951;
    "huffman", "a stream of bits, and table lookups", 40, 2, -953_418_768, 17_806_600;
    "json", "a document parsed, walked and written", 250, 12, 1_849_148_867, 1_325_386_580;
    "csv", "numbers read from text, sums by name", 1_000, 50, -1_298_541_976, -1_796_530_950;
    "regex", "backtracking over compiled patterns", 600, 30, -122_549_608, -2_095_701_229;
    "interpreter", "an interpreter that switches, and one with a table", 250_000, 12_000, 1_573_289_120, -62_430_240;
    "riscv", "an emulator: decoding, a large switch, registers in memory", 800_000, 40_000, 403_293_514, 20_180_238;
    "forth", "indirect calls, one for each word", 600, 30, 240_393_620, 648_962_171;
    "shapes", "virtual calls whose target changes", 2_000, 100, -944_825_473, 1_021_401_800;
}
