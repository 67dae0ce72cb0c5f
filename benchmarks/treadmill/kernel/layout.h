// SPDX-License-Identifier: Apache-2.0
// Constants shared by C, assembler and the linker scripts: memory layout, parameter flags.

// All of RAM appears at physical + OFFSET in every address space (root entry 258), mapped by global 2 MiB leaves.
#define OFFSET 0xffffffc000000000
#define RAM_START 0x80000000
#define KERNEL_START 0x80200000  // below it only the machine-mode shim, which PMP hides
#ifdef LARGE  // the image with the field's kernels
#define RAM_END 0x300000000
#define RAM_SIZE "10 GiB"
#define SMALL_LEAVES 511  // of 2 MiB in the linear map of the first GiB
#else
#define RAM_END 0x88000000
#define RAM_SIZE "128 MiB"
#define SMALL_LEAVES 63
#endif
#define SWAP_START (RAM_END - 0x2000000)  // the top 32 MiB hold swapped pages

#define FINISHER 0x100000
#define CLINT 0x2000000
#define UART 0x10000000

// Kernel stacks lie in 16 KiB slots of one 2 MiB region, the lower half of each slot unmapped.
#define STACKS 0xffffffff00000000
#define STACK_SLOT 16384
#define STACK_SIZE 8192

#define USER_TEXT 0x10000
#define USER_MAPS 0x2000000000
#define USER_STACK 0x3ffff00000
#define USER_STACK_SIZE 0x40000
#define USER_END 0x4000000000

#define PROCESSES 128
#define FILES 136

#define PARAMETER_ASIDS 1       // use ASIDs if the machine has any
#define PARAMETER_SVVPTC 2      // no fence after an invalid entry became valid
#define PARAMETER_SUPERPAGES 4  // 2 MiB pages for large mappings
#define PARAMETER_SVADU 8       // let the machine update A and D (menvcfg.ADUE) if it can
#define PARAMETER_ASID_LIMIT 8  // bits 8-12: use at most so many ASID bits; 0: all
#define PARAMETER_REPEATS 16    // bits 16-31: run the program so many times more

#define FEATURE_SSTC 1
#define FEATURE_SVADU 2

#define FRAME_SIZE 272  // of struct trap_frame
