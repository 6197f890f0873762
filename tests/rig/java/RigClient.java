import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * RocketMQ's own Java client for the test rig: one JSON request a line on standard input, JSON lines
 * ending in {"done":true} or {"error":"..."} on standard output. Long-lived, because a JVM takes
 * seconds to start. Arguments: name server address, broker address, broker name.
 */
public final class RigClient {
    public static void main(String[] arguments) throws Exception {
        Lines lines = new Lines(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 20));
        // Logging of the client must not mix with the answers.
        System.setOut(System.err);
        Requests requests = new Requests(arguments, lines);
        lines.done();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = input.readLine(); text != null; text = input.readLine()) {
            JSONObject request = JSON.parseObject(text);
            try {
                requests.answer(request);
                lines.done();
            } catch (Throwable error) {
                lines.error(request.getString("op") + ": " + error);
            }
        }
        Runtime.getRuntime().halt(0);
    }
}
