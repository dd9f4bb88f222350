# A firmware of 64 KiB that does one thing: it turns on long mode with page tables that map the same 4 MiB of memory at
# three virtual addresses, and halts. So a dump with paging has ranges that overlap, and next to nothing else in it.
# gcc -c paging.S && ld -Ttext=0 --oformat=binary -o paging.bin paging.o    (what make-samples.mjs runs)
.set HIGH, 0xf0000                      # the firmware as the machine sees it below 1 MiB
.code16
start:
        cli
        lgdtl %cs:gdt_pointer
        movl %cr0, %eax
        orl $1, %eax
        movl %eax, %cr0
        ljmpl $8, $(HIGH + protected)
.code32
protected:
        movw $16, %ax
        movw %ax, %ds
        movl $0x2007, 0x1000            # PML4[0] and PML4[256]: the same table
        movl $0x2007, 0x1800
        movl $0x3007, 0x2000            # PDPT[0] and [1]: the same again
        movl $0x3007, 0x2008
        movl $0x000083, 0x3000          # PD[0], [1]: 2 MiB pages from 0 on
        movl $0x200083, 0x3008
        movl %cr4, %eax
        orl $0x20, %eax                 # PAE
        movl %eax, %cr4
        movl $0x1000, %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx          # EFER.LME
        rdmsr
        orl $0x100, %eax
        wrmsr
        movl %cr0, %eax
        orl $0x80000000, %eax
        movl %eax, %cr0
halted:
        hlt
        jmp halted
.align 8
gdt:
        .quad 0
        .quad 0x00cf9a000000ffff        # 8: code, 32 bit, flat
        .quad 0x00cf92000000ffff        # 16: data
gdt_pointer:
        .word 23
        .long HIGH + gdt
.org 0xfff0
.code16
        jmp start
.org 0x10000
