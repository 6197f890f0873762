import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Programs that users put behind the topics, asked what they make of a message: one JSON request a
 * line on standard input, JSON lines ending in {"done":true} or {"error":"..."} on standard output.
 */
public final class Readers {
    private static final OutputStream OUT = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 20);

    public static void main(String[] arguments) throws IOException {
        // Whatever the libraries print must not mix with the answers.
        System.setOut(System.err);
        done();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = input.readLine(); text != null; text = input.readLine()) {
            JSONObject request = JSON.parseObject(text);
            try {
                answer(request);
                done();
            } catch (Throwable error) {
                error.printStackTrace();
                JSONObject line = new JSONObject();
                line.put("error", request.getString("op") + ": " + error);
                line(line);
                OUT.flush();
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void answer(JSONObject request) throws Exception {
        switch (request.getString("op")) {
            case "canal": CanalReader.read(request); break;
            case "canal-json": CanalReader.documents(bodies(request)); break;
            case "flat": FlatReader.read(bodies(request)); break;
            case "flink": FlinkReader.read(request, bodies(request)); break;
            case "validate": SchemaReader.read(request.getString("schema"), bodies(request)); break;
            default: throw new IllegalArgumentException("unknown request");
        }
    }

    private static List<byte[]> bodies(JSONObject request) {
        List<byte[]> bodies = new ArrayList<>();
        for (Object body : request.getJSONArray("bodies")) {
            bodies.add(Base64.getDecoder().decode((String) body));
        }
        return bodies;
    }

    static void line(Object answer) throws IOException {
        raw(JSON.toJSONBytes(answer, JSONWriter.Feature.WriteNulls));
    }

    static void raw(byte[] line) throws IOException {
        OUT.write(line);
        OUT.write('\n');
    }

    private static void done() throws IOException {
        raw("{\"done\":true}".getBytes(StandardCharsets.UTF_8));
        OUT.flush();
    }
}
