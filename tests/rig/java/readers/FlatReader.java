import com.alibaba.fastjson2.JSON;
import com.alibaba.otter.canal.connector.core.consumer.CommonMessage;
import com.alibaba.otter.canal.protocol.FlatMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What Canal's own consumers get: the flat message of its clients, the common message of its adapters. */
final class FlatReader {
    private FlatReader() {
    }

    static void read(List<byte[]> bodies) throws Exception {
        for (byte[] body : bodies) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("flat", JSON.parseObject(body, FlatMessage.class));
            line.put("common", JSON.parseObject(body, CommonMessage.class));
            Readers.line(line);
        }
    }
}
