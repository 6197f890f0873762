//! The facts of a fault in setting up an encrypted connection.

/// Facts of faults.
pub(crate) mod fault {
    tidewire_words::texts! {
        TLS_CA_UNREADABLE = "the CA file {} can't be read: {}", "无法读取 CA 证书文件 {}：{}";
        TLS_CA_EMPTY = "the CA file {} holds no certificate in PEM form", "CA 证书文件 {} 中没有 PEM 格式的证书";
        TLS_NO_AUTHORITIES = "this host has no list of trusted authorities; name a CA file in the data source, or install the system's list (ca-certificates)", "本机没有受信任 CA 列表，请在数据源中填写 CA 证书文件，或安装系统 CA 列表（ca-certificates）";
        TLS_NOT_OFFERED = "the server offers no encrypted connections; set it up there, or choose not to encrypt", "服务器未启用加密连接，请在服务器上启用，或选择不加密";
        TLS_UNKNOWN_ISSUER = "none of the trusted authorities signed the server's certificate; check the CA file", "服务器证书不是由受信任的 CA 签发，请检查 CA 证书文件";
        TLS_OTHER_NAME = "the server's certificate is made for other names ({}); enter the address as one of them, or have a certificate made for it", "服务器证书中的名称（{}）与填写的地址不符，请改用其中的名称作为地址，或为该地址重新签发证书";
        TLS_EXPIRED = "the server's certificate has expired; renew it, or check the clock of this host", "服务器证书已过期，请更新证书，或检查本机时钟";
        TLS_NOT_YET_VALID = "the server's certificate is not valid yet; check the clock of this host", "服务器证书尚未生效，请检查本机时钟";
        TLS_CERTIFICATE = "the server's certificate can't be used: {}", "服务器证书不可用：{}";
        TLS_TOO_OLD = "the server and Tidewire have no version of TLS in common; TLS 1.2 or later is needed ({})", "服务器与 Tidewire 没有共同支持的 TLS 版本，至少需要 TLS 1.2（{}）";
        TLS_OF_OLD = "the server offers encryption, but most likely none that is not older than TLS 1.2 (as MySQL 5.6); use a newer server, or choose not to encrypt", "服务器提供的加密很可能低于 TLS 1.2（如 MySQL 5.6），请升级服务器，或选择不加密";
        TLS_WANTS_CERTIFICATE = "the server asks for a certificate of the client, which Tidewire does not have", "服务器要求客户端证书，Tidewire 不支持";
        TLS_OTHER = "the encrypted connection can't be set up: {}", "无法建立加密连接：{}";
        TLS_NOT_SPOKEN = "what answers there does not speak TLS; check the port, or choose not to encrypt", "该端口未启用 TLS，请检查端口，或选择不加密";
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn both_languages_say_it() {
        assert_eq!(tidewire_words::check::faults(&[("fault", fault::ENTRIES)], &[]), Vec::<String>::new());
    }
}
