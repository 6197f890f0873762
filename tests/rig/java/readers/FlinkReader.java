import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.canal.CanalJsonDeserializationSchema;
import org.apache.flink.formats.json.debezium.DebeziumJsonDeserializationSchema;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.util.Collector;

/** Flink's formats over a row type of the asker's choice. */
final class FlinkReader {
    private FlinkReader() {
    }

    static void read(JSONObject request, List<byte[]> bodies) throws Exception {
        List<RowType.RowField> fields = new ArrayList<>();
        for (Object column : request.getJSONArray("columns")) {
            JSONArray pair = (JSONArray) column;
            LogicalType type = LogicalTypeParser.parse(pair.getString(1), FlinkReader.class.getClassLoader());
            fields.add(new RowType.RowField(pair.getString(0), type));
        }
        RowType type = new RowType(fields);
        DeserializationSchema<RowData> schema =
            schema(request.getString("format"), type, timestamps(request.getString("timestamps")));
        schema.open(null);
        RowData.FieldGetter[] getters = new RowData.FieldGetter[fields.size()];
        for (int i = 0; i < getters.length; i++) {
            getters[i] = RowData.createFieldGetter(fields.get(i).getType(), i);
        }
        for (byte[] body : bodies) {
            Map<String, Object> line = new LinkedHashMap<>();
            List<Map<String, Object>> rows = new ArrayList<>();
            try {
                schema.deserialize(body, new Collector<RowData>() {
                    @Override
                    public void collect(RowData row) {
                        rows.add(row(row, type, getters));
                    }

                    @Override
                    public void close() {
                    }
                });
                line.put("rows", rows);
            } catch (Exception error) {
                Throwable cause = error.getCause() == null ? error : error.getCause();
                line.put("refused", error.getMessage() + " <- " + cause);
            }
            Readers.line(line);
        }
    }

    private static TimestampFormat timestamps(String name) {
        return "ISO-8601".equals(name) ? TimestampFormat.ISO_8601 : TimestampFormat.SQL;
    }

    private static DeserializationSchema<RowData> schema(String format, RowType type, TimestampFormat timestamps) {
        var physical = TypeConversions.fromLogicalToDataType(type);
        var produced = InternalTypeInfo.<RowData>of((LogicalType) type);
        switch (format) {
            case "canal-json":
                return CanalJsonDeserializationSchema.builder(physical, Collections.emptyList(), produced)
                    .setIgnoreParseErrors(false).setTimestampFormat(timestamps).build();
            case "debezium-json":
                return new DebeziumJsonDeserializationSchema(
                    physical, Collections.emptyList(), produced, false, false, timestamps);
            case "debezium-json with schema-include":
                return new DebeziumJsonDeserializationSchema(
                    physical, Collections.emptyList(), produced, true, false, timestamps);
            default:
                throw new IllegalArgumentException("no format " + format);
        }
    }

    private static Map<String, Object> row(RowData row, RowType type, RowData.FieldGetter[] getters) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < getters.length; i++) {
            values.add(text(getters[i].getFieldOrNull(row), type.getTypeAt(i).getTypeRoot()));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("kind", row.getRowKind().shortString());
        answer.put("values", values);
        return answer;
    }

    private static String text(Object value, LogicalTypeRoot root) {
        if (value == null) {
            return null;
        }
        if (value instanceof byte[]) {
            return HexFormat.of().withUpperCase().formatHex((byte[]) value);
        }
        if (value instanceof DecimalData) {
            return ((DecimalData) value).toBigDecimal().toPlainString();
        }
        if (root == LogicalTypeRoot.DATE) {
            return LocalDate.ofEpochDay((Integer) value).toString();
        }
        if (root == LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE) {
            return LocalTime.ofNanoOfDay((Integer) value * 1_000_000L).toString();
        }
        return value.toString();
    }
}
