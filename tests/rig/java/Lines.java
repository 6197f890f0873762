import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.apache.rocketmq.common.message.MessageExt;

/** Writes answers as JSON lines; several threads may write at once. */
final class Lines {
    private final OutputStream out;

    Lines(OutputStream out) {
        this.out = out;
    }

    void line(String text) throws IOException {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(bytes);
        }
    }

    void flush() throws IOException {
        synchronized (out) {
            out.flush();
        }
    }

    void error(String text) throws IOException {
        StringBuilder line = new StringBuilder("{\"error\":");
        quote(line, text);
        line(line.append('}').toString());
        flush();
    }

    void done() throws IOException {
        line("{\"done\":true}");
        flush();
    }

    void message(MessageExt message) throws IOException {
        StringBuilder line = new StringBuilder(message.getBody().length * 2 + 512);
        line.append("{\"queue\":").append(message.getQueueId());
        line.append(",\"offset\":").append(message.getQueueOffset());
        line.append(",\"commit_offset\":").append(message.getCommitLogOffset());
        line.append(",\"tags\":");
        quote(line, message.getTags());
        line.append(",\"keys\":");
        quote(line, message.getKeys());
        line.append(",\"msg_id\":");
        quote(line, message.getProperty("UNIQ_KEY") == null ? "" : message.getProperty("UNIQ_KEY"));
        line.append(",\"store_timestamp\":").append(message.getStoreTimestamp());
        line.append(",\"born_timestamp\":").append(message.getBornTimestamp());
        line.append(",\"properties\":{");
        boolean first = true;
        for (Map.Entry<String, String> property : message.getProperties().entrySet()) {
            if (!first) {
                line.append(',');
            }
            first = false;
            quote(line, property.getKey());
            line.append(':');
            quote(line, property.getValue());
        }
        line.append("},\"body\":\"").append(Base64.getEncoder().encodeToString(message.getBody()));
        line(line.append("\"}").toString());
    }

    private static void quote(StringBuilder line, String text) {
        if (text == null) {
            line.append("null");
            return;
        }
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' ') {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
