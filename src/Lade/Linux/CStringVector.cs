using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace Lade.Linux;

/// <summary>A NULL-terminated <c>char *[]</c> for the kernel, in one allocation.</summary>
internal sealed unsafe class CStringVector : IDisposable
{
    public CStringVector(IReadOnlyList<string> strings)
    {
        int bytes = 0;
        for (int i = 0; i < strings.Count; i++)
            bytes += Encoding.UTF8.GetByteCount(strings[i]) + 1;
        Pointer = (byte**)NativeMemory.Alloc((nuint)(((strings.Count + 1) * sizeof(byte*)) + bytes));
        byte* text = (byte*)(Pointer + strings.Count + 1);
        for (int i = 0; i < strings.Count; i++)
        {
            Pointer[i] = text;
            int n = Encoding.UTF8.GetBytes(strings[i], new Span<byte>(text, bytes));
            text[n] = 0;
            text += n + 1;
            bytes -= n + 1;
        }

        Pointer[strings.Count] = null;
    }

    public byte** Pointer { get; private set; }

    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
