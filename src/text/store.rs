//! What is wrong with the state database.

use tidewire_words::texts;

texts! {
    STORED_VALUE = "a stored value can't be read: {}", "无法读取已保存的值：{}";
    STORE_NEWER = "its schema {} is newer than this program knows ({})", "状态库的结构版本 {} 高于本程序支持的版本（{}）";
    STORE_UNWRITABLE = "{} can't be written", "无法写入 {}";
    FULL = "the disk of the data directory is full", "数据目录所在磁盘已满";
    READ_ONLY = "the state database can't be written to: the file or its file system is read only", "状态库无法写入：文件或文件系统为只读";
    LOCKED = "another process holds the state database", "状态库被其他进程占用";
    DISK = "the disk of the data directory fails", "数据目录所在磁盘读写出错";
    GONE = "the state database is gone or damaged", "状态库文件丢失或已损坏";
    TROUBLE_REMEDY = "free space or mend the disk of the data directory; nothing is lost meanwhile: running projects go back to the last saved position", "请清理空间或修复数据目录所在磁盘；期间不会丢失数据：运行中的项目会回到最后保存的位点";
    STORE_CLOSED = "it is closed", "状态库已关闭";
}
