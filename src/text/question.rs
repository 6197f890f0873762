//! What became of a question that a process of its own was to answer.

use tidewire_words::texts;

texts! {
    ANSWER_TOO_LARGE = "{}: its answer can't be read, it takes more than {} MiB of memory; no server that Tidewire follows answers so", "{}：无法读取其响应，所需内存超过 {} MiB；Tidewire 支持的服务器不会这样响应";
    ANSWER_LATE = "no answer within {} s", "在 {} 秒内没有响应";
    ANSWER_LOST = "{}: its answer can't be read, the process that read it ended ({})", "{}：无法读取其响应，读取响应的进程已退出（{}）";
}
