/* The built init, byte for byte, inside the executable: it is copied into a sealed memfd from here, so that no file of the host is
 * ever executed in a container. INIT_IMAGE is the path of the built program (see src/Lade/Native.targets). */
    .section .rodata.lade_init, "a", @progbits
    .balign 4096
    .globl lade_init_start
    .hidden lade_init_start
    .type lade_init_start, @object
lade_init_start:
    .incbin INIT_IMAGE
    .globl lade_init_end
    .hidden lade_init_end
    .type lade_init_end, @object
lade_init_end:
    .byte 0
    .size lade_init_start, lade_init_end - lade_init_start

    .section .note.GNU-stack, "", @progbits
