import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.route.QueueData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What the rig asks of RocketMQ: topics, whole contents of queues, single messages. */
final class Requests {
    private final String nameServer;
    private final String broker;
    private final String brokerName;
    private final Lines lines;
    private final DefaultMQAdminExt admin;
    private final DefaultMQPullConsumer consumer;
    private final DefaultMQProducer producer;

    Requests(String[] arguments, Lines lines) throws Exception {
        this.nameServer = arguments[0];
        this.broker = arguments[1];
        this.brokerName = arguments[2];
        this.lines = lines;
        RPCHook hook = arguments.length > 4
            ? new AclClientRPCHook(new SessionCredentials(arguments[3], arguments[4])) : null;
        admin = new DefaultMQAdminExt(hook, 5000);
        admin.setNamesrvAddr(nameServer);
        admin.setInstanceName("rig-admin");
        admin.start();
        consumer = new DefaultMQPullConsumer("RIG_READER", hook);
        consumer.setNamesrvAddr(nameServer);
        consumer.setInstanceName("rig-reader");
        consumer.start();
        producer = new DefaultMQProducer("RIG_WRITER", hook);
        producer.setNamesrvAddr(nameServer);
        producer.setInstanceName("rig-writer");
        producer.start();
    }

    void answer(JSONObject request) throws Exception {
        switch (request.getString("op")) {
            case "ready": ready(request); break;
            case "create_topic": createTopic(request); break;
            case "delete_topic": deleteTopic(request); break;
            case "offsets": offsets(request); break;
            case "dump": dump(request); break;
            case "range": range(queue(request), request.getLongValue("from"), request.getLongValue("to")); break;
            case "send": send(request); break;
            case "fill": fill(request); break;
            case "configure": configure(request); break;
            case "wipe_write_perm": admin.wipeWritePermOfBroker(nameServer, brokerName); break;
            case "create_account": createAccount(request); break;
            default: throw new IllegalArgumentException("unknown request");
        }
    }

    /** Waits until the name server names the broker for the topic and the broker answers. */
    private void ready(JSONObject request) throws Exception {
        String topic = request.getString("topic");
        long deadline = System.nanoTime() + request.getLongValue("timeout_ms") * 1_000_000;
        long push = System.nanoTime() + 500_000_000L;
        while (true) {
            if (System.nanoTime() > push) {
                register();
                push = System.nanoTime() + 1_000_000_000L;
            }
            try {
                if (route(topic).getBrokerDatas().stream().anyMatch(data -> data.getBrokerAddrs().containsValue(broker))) {
                    admin.fetchBrokerRuntimeStats(broker);
                    return;
                }
            } catch (Exception error) {
                if (System.nanoTime() > deadline) {
                    throw error;
                }
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the route of " + topic + " lacks the broker " + broker);
            }
            Thread.sleep(50);
        }
    }

    /**
     * Has the broker tell the name server everything now. By itself it does so at its start and every
     * 30 s, and at its start the name server may not be up yet. Setting this one value, to what it is,
     * triggers it.
     */
    private void register() {
        java.util.Properties unchanged = new java.util.Properties();
        unchanged.setProperty("brokerPermission", "6");
        try {
            admin.updateBrokerConfig(broker, unchanged);
        } catch (Exception error) {
            // The broker is not up yet; the caller tries again.
        }
    }

    private void createTopic(JSONObject request) throws Exception {
        String topic = request.getString("topic");
        int queues = request.getIntValue("queues");
        TopicConfig config = new TopicConfig(topic, queues, queues, request.getIntValue("perm"));
        if (request.getJSONObject("attributes") != null) {
            Map<String, String> attributes = new HashMap<>();
            request.getJSONObject("attributes").forEach((key, value) -> attributes.put("+" + key, value.toString()));
            config.setAttributes(attributes);
        }
        admin.createAndUpdateTopicConfig(broker, config);
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (true) {
            QueueData data = queues(topic);
            if (data != null && data.getWriteQueueNums() == queues && data.getPerm() == config.getPerm()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the name server does not show topic " + topic);
            }
            Thread.sleep(20);
        }
    }

    private void deleteTopic(JSONObject request) throws Exception {
        String topic = request.getString("topic");
        admin.deleteTopicInBroker(Collections.singleton(broker), topic);
        admin.deleteTopicInNameServer(Collections.singleton(nameServer), topic);
    }

    private void offsets(JSONObject request) throws Exception {
        for (MessageQueue queue : all(request.getString("topic"))) {
            lines.line("{\"queue\":" + queue.getQueueId() + ",\"min\":" + consumer.minOffset(queue)
                + ",\"max\":" + consumer.maxOffset(queue) + "}");
        }
    }

    private void dump(JSONObject request) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (MessageQueue queue : all(request.getString("topic"))) {
                parts.add(threads.submit(() -> {
                    range(queue, consumer.minOffset(queue), consumer.maxOffset(queue));
                    return null;
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void range(MessageQueue queue, long from, long to) throws Exception {
        long next = from;
        while (next < to) {
            PullResult result = consumer.pull(queue, "*", next, (int) Math.min(32, to - next));
            if (result.getPullStatus() == PullStatus.FOUND) {
                for (MessageExt message : result.getMsgFoundList()) {
                    if (message.getQueueOffset() < to) {
                        lines.message(message);
                    }
                }
            } else if (result.getNextBeginOffset() <= next) {
                throw new IllegalStateException(queue + " at " + next + " of " + to + ": " + result.getPullStatus());
            }
            next = result.getNextBeginOffset();
        }
    }

    private void send(JSONObject request) throws Exception {
        Message message = new Message(request.getString("topic"), Base64.getDecoder().decode(request.getString("body")));
        if (request.getString("tags") != null) {
            message.setTags(request.getString("tags"));
        }
        if (request.getString("keys") != null) {
            message.setKeys(request.getString("keys"));
        }
        request.getJSONObject("properties").forEach((key, value) -> message.putUserProperty(key, value.toString()));
        SendResult result = producer.send(message, queue(request));
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new IllegalStateException(result.toString());
        }
        lines.line("{\"queue\":" + request.getIntValue("queue") + ",\"offset\":" + result.getQueueOffset() + "}");
    }

    /** Many messages of one size, in batches, spread over all queues. */
    private void fill(JSONObject request) throws Exception {
        String topic = request.getString("topic");
        byte[] body = new byte[request.getIntValue("size")];
        java.util.Arrays.fill(body, (byte) 'x');
        List<MessageQueue> queues = all(topic);
        int left = request.getIntValue("count");
        for (int batch = 0; left > 0; batch++) {
            List<Message> messages = new ArrayList<>();
            for (int i = 0; i < 500 && left > 0; i++, left--) {
                messages.add(new Message(topic, body));
            }
            producer.send(messages, queues.get(batch % queues.size()));
        }
    }

    /** Changes settings of the running broker, which tells the name server of it at once. */
    private void configure(JSONObject request) throws Exception {
        java.util.Properties changed = new java.util.Properties();
        // Naming this one makes the broker register anew.
        changed.setProperty("brokerPermission", "6");
        request.getJSONObject("settings").forEach((name, value) -> changed.setProperty(name, value.toString()));
        admin.updateBrokerConfig(broker, changed);
    }

    /** An access key of ACL 2.0 and what it may do. */
    private void createAccount(JSONObject request) throws Exception {
        String access = request.getString("access");
        admin.createUser(broker, access, request.getString("secret"), "Normal");
        JSONArray rights = request.getJSONArray("rights");
        for (int i = 0; i < rights.size(); i++) {
            JSONObject right = rights.getJSONObject(i);
            admin.createAcl(broker, "User:" + access, List.of(right.getString("resource")),
                right.getList("actions", String.class), List.of(), "Allow");
        }
    }

    private MessageQueue queue(JSONObject request) {
        return new MessageQueue(request.getString("topic"), brokerName, request.getIntValue("queue"));
    }

    private List<MessageQueue> all(String topic) throws Exception {
        QueueData data = queues(topic);
        if (data == null) {
            throw new IllegalStateException("no route for topic " + topic);
        }
        List<MessageQueue> list = new ArrayList<>();
        for (int i = 0; i < Math.max(data.getReadQueueNums(), data.getWriteQueueNums()); i++) {
            list.add(new MessageQueue(topic, brokerName, i));
        }
        return list;
    }

    private QueueData queues(String topic) throws Exception {
        try {
            for (QueueData data : route(topic).getQueueDatas()) {
                if (data.getBrokerName().equals(brokerName)) {
                    return data;
                }
            }
        } catch (org.apache.rocketmq.client.exception.MQClientException error) {
            // Code 17: the topic has no route yet.
            if (error.getResponseCode() != 17) {
                throw error;
            }
        }
        return null;
    }

    private TopicRouteData route(String topic) throws Exception {
        return admin.examineTopicRouteInfo(topic);
    }
}
