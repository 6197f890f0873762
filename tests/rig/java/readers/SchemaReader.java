import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Validates messages against a JSON schema of draft 2020-12. */
final class SchemaReader {
    private SchemaReader() {
    }

    static void read(String text, List<byte[]> bodies) throws Exception {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Schema schema = registry.getSchema(text, InputFormat.JSON);
        for (byte[] body : bodies) {
            List<String> errors = new ArrayList<>();
            for (Error error : schema.validate(new String(body, StandardCharsets.UTF_8), InputFormat.JSON)) {
                errors.add(error.getInstanceLocation() + ": " + error.getMessage());
            }
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("errors", errors);
            Readers.line(line);
        }
    }
}
