import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import com.alibaba.otter.canal.connector.core.producer.MQMessageUtils;
import com.alibaba.otter.canal.filter.aviater.AviaterRegexFilter;
import com.alibaba.otter.canal.parse.inbound.SinkFunction;
import com.alibaba.otter.canal.parse.inbound.mysql.MysqlConnection;
import com.alibaba.otter.canal.parse.inbound.mysql.dbsync.LogEventConvert;
import com.alibaba.otter.canal.parse.inbound.mysql.dbsync.TableMetaCache;
import com.alibaba.otter.canal.protocol.CanalEntry;
import com.alibaba.otter.canal.protocol.FlatMessage;
import com.alibaba.otter.canal.protocol.Message;
import com.taobao.tddl.dbsync.binlog.JsonConversion;
import com.taobao.tddl.dbsync.binlog.LogBuffer;
import com.taobao.tddl.dbsync.binlog.LogEvent;
import com.taobao.tddl.dbsync.binlog.event.RotateLogEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Canal from the server's log to the bytes of its messages: its connection, its decoder, its table
 * definitions, its conversion and its serialization, without the server around them.
 */
final class CanalReader {
    private CanalReader() {
    }

    static void read(JSONObject request) throws Exception {
        MysqlConnection definitions = connect(request);
        MysqlConnection log = connect(request);
        log.setSlaveId(4_000_000_001L);
        LogEventConvert converter = new LogEventConvert();
        converter.setCharset(StandardCharsets.UTF_8);
        converter.setNameFilter(new AviaterRegexFilter(request.getString("tables")));
        converter.setFilterQueryDcl(true);
        converter.setFilterQueryDml(true);
        converter.setFilterQueryDdl(true);
        converter.setTableMetaCache(new TableMetaCache(definitions, null));
        converter.start();

        List<CanalEntry.Entry> entries = new ArrayList<>();
        String lastFile = request.getString("end_file");
        long end = request.getLongValue("end_position");
        String[] file = {request.getString("file")};
        SinkFunction<LogEvent> sink = event -> {
            if (event instanceof RotateLogEvent) {
                file[0] = ((RotateLogEvent) event).getFilename();
            }
            CanalEntry.Entry entry = converter.parse(event, false);
            if (entry != null && entry.getEntryType() == CanalEntry.EntryType.ROWDATA) {
                entries.add(entry);
            }
            return !(file[0].equals(lastFile) && event.getLogPos() >= end);
        };
        // The log ends where it begins: nothing would come to end the loop.
        if (!file[0].equals(lastFile) || request.getLongValue("position") < end) {
            log.dump(file[0], request.getLongValue("position"), sink);
        }
        log.disconnect();
        definitions.disconnect();

        ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newFixedThreadPool(1);
        try {
            MQMessageUtils.EntryRowData[] rows = MQMessageUtils.buildMessageData(new Message(1, entries), threads);
            for (FlatMessage message : MQMessageUtils.messageConverter(rows, 1)) {
                Readers.raw(JSON.toJSONBytes(message, JSONWriter.Feature.WriteNulls));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static MysqlConnection connect(JSONObject request) throws Exception {
        MysqlConnection connection = new MysqlConnection(
            new InetSocketAddress(request.getString("host"), request.getIntValue("port")),
            request.getString("user"), request.getString("password"));
        connection.setCharset(StandardCharsets.UTF_8);
        connection.connect();
        return connection;
    }

    /** The text of stored JSON documents. */
    static void documents(List<byte[]> documents) throws Exception {
        for (byte[] document : documents) {
            JSONObject line = new JSONObject();
            LogBuffer buffer = new LogBuffer(document, 0, document.length);
            StringBuilder text = new StringBuilder();
            JsonConversion.parse_value(buffer.getUint8(), buffer, document.length - 1, StandardCharsets.UTF_8)
                .toJsonString(text, StandardCharsets.UTF_8);
            line.put("text", text.toString());
            Readers.line(line);
        }
    }
}
