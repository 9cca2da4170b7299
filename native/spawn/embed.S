/* The executable of init, embedded in lade. LADE_INIT_PATH: its file, as a string literal. */
    .section .rodata
    .globl lade_init_start, lade_init_end
    .hidden lade_init_start
    .hidden lade_init_end
    .balign 16
lade_init_start:
    .incbin LADE_INIT_PATH
lade_init_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
