package org.diffusion4j.weights.torchfile;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;

/**
 * Reads a pickle of the protocols up to 5 and calls nothing: a {@link PickleMeaning} says what a call means. Values are null
 * (None), Boolean, Long, BigInteger, Double, String, {@link PickleTuple}, {@link PickleList}, {@link PickleDict}, {@link
 * PickleGlobal}, inert {@link PickleObject}s, and what the meaning makes.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the instructions</a>
 */
final class PickleReader {
    private static final int LATEST_PROTOCOL = 5;
    /** Of a whole number: more digits than anyone needs, and few enough to be printed at once. */
    private static final int MOST_NUMBER_BYTES = 1 << 10;

    private final PickleInput input;
    private final PickleMeaning meaning;
    private final PickleStack stack;
    private final Map<Long, Object> memo = new HashMap<>();

    PickleReader(PickleInput input, PickleMeaning meaning) {
        this.input = input;
        this.meaning = meaning;
        this.stack = new PickleStack(input);
    }

    /**
     * Reads one pickle, up to its end and no further.
     *
     * @return its value
     * @throws Diffusion4jException if it isn't a pickle, or is larger in memory than can be meant
     */
    Object read() {
        for (PickleOpcode opcode = next(); opcode != PickleOpcode.STOP; opcode = next()) {
            step(opcode);
        }
        return stack.pop();
    }

    private PickleOpcode next() {
        int code = input.unsignedByte();
        PickleOpcode opcode = PickleOpcode.of(code);
        if (opcode == PickleOpcode.UNKNOWN) {
            throw input.fault("expected an instruction of a pickle, found the byte " + code);
        }
        return opcode;
    }

    private void step(PickleOpcode opcode) {
        switch (opcode) {
            case PROTO -> requireProtocol(input.unsignedByte());
            case FRAME -> input.length(8);
            case MARK -> stack.mark();
            case POP -> {
                if (stack.isMarkNext()) {
                    stack.popMark();
                } else {
                    stack.pop();
                }
            }
            case POP_MARK -> stack.popMark();
            case DUP -> stack.push(stack.peek());
            case NONE -> stack.push(null);
            case NEWTRUE -> stack.push(true);
            case NEWFALSE -> stack.push(false);
            case INT, LONG, FLOAT, BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT -> push(number(opcode));
            case BINUNICODE -> pushText(input.text(input.length(4)));
            case SHORT_BINUNICODE -> pushText(input.text(input.length(1)));
            case BINUNICODE8 -> pushText(input.text(input.length(8)));
            case SHORT_BINSTRING -> pushTextOrBytes(input.length(1));
            case BINSTRING -> pushTextOrBytes(input.length(4));
            case SHORT_BINBYTES -> pushBytes("builtins.bytes", input.length(1));
            case BINBYTES -> pushBytes("builtins.bytes", input.length(4));
            case BINBYTES8 -> pushBytes("builtins.bytes", input.length(8));
            case BYTEARRAY8 -> pushBytes("builtins.bytearray", input.length(8));
            case EMPTY_TUPLE -> stack.push(PickleTuple.EMPTY);
            case TUPLE1 -> pushTuple(stack.pop(1));
            case TUPLE2 -> pushTuple(stack.pop(2));
            case TUPLE3 -> pushTuple(stack.pop(3));
            case TUPLE -> pushTuple(stack.popMark());
            case EMPTY_LIST -> push(new PickleList());
            case LIST -> pushList(stack.popMark());
            case EMPTY_DICT -> push(new PickleDict());
            case DICT -> pushDict(stack.popMark());
            case EMPTY_SET -> push(new PickleObject("builtins.set", List.of()));
            case FROZENSET -> {
                stack.popMark();
                push(new PickleObject("builtins.frozenset", List.of()));
            }
            case APPEND -> append(stack.pop(1));
            case APPENDS -> append(stack.popMark());
            case ADDITEMS -> addItems(stack.popMark());
            case SETITEM -> set(stack.pop(2));
            case SETITEMS -> set(stack.popMark());
            case GLOBAL -> push(new PickleGlobal(input.line(), input.line()));
            case STACK_GLOBAL -> pushGlobal(stack.pop(2));
            case REDUCE -> reduce(stack.pop(2));
            case NEWOBJ -> create(stack.pop(2));
            case NEWOBJ_EX -> create(stack.pop(3));
            case INST -> {
                PickleGlobal type = new PickleGlobal(input.line(), input.line());
                push(new PickleObject(type.fullName(), stack.popMark()));
            }
            case OBJ -> {
                List<Object> typeAndArguments = stack.popMark();
                if (typeAndArguments.isEmpty()) {
                    throw input.fault("expected a class, found none");
                }
                create(typeAndArguments);
            }
            case BUILD -> build(stack.pop());
            case BINPERSID -> push(meaning.persistent(stack.pop(), input));
            case GET -> recall(lineNumber());
            case BINGET -> recall(input.unsignedByte());
            case LONG_BINGET -> recall(input.number(4));
            case PUT -> remember(lineNumber());
            case BINPUT -> remember(input.unsignedByte());
            case LONG_BINPUT -> remember(input.number(4));
            case MEMOIZE -> remember(memo.size());
            case STRING, UNICODE, PERSID, EXT1, EXT2, EXT4, NEXT_BUFFER, READONLY_BUFFER ->
                throw input.fault("expected an instruction that torch.save writes, found " + opcode);
            case STOP, UNKNOWN -> throw new IllegalStateException(opcode.name());
        }
    }

    private void requireProtocol(int protocol) {
        if (protocol > LATEST_PROTOCOL) {
            throw input.fault("expected pickle protocol " + LATEST_PROTOCOL + " at most, found " + protocol);
        }
    }

    private void push(Object value) {
        input.charge(PickleRoom.VALUE);
        stack.push(value);
    }

    private void pushText(String text) {
        input.charge(text.length());
        push(text);
    }

    private void pushTextOrBytes(long length) {
        input.textOrBytes(length)
                .ifPresentOrElse(this::pushText, () -> push(new PickleObject("builtins.bytes", List.of())));
    }

    /** Bytes aren't looked at: they are what other classes are made of. */
    private void pushBytes(String className, long length) {
        input.skip(length);
        push(new PickleObject(className, List.of()));
    }

    private void pushTuple(List<Object> items) {
        input.charge(8L * items.size());
        push(new PickleTuple(items));
    }

    private void pushList(List<Object> items) {
        push(new PickleList());
        append(items);
    }

    private void pushDict(List<Object> keysAndValues) {
        push(new PickleDict());
        set(keysAndValues);
    }

    private void append(List<Object> items) {
        if (stack.peek() instanceof PickleList list) {
            input.charge(12L * items.size());
            items.forEach(list::add);
        } else {
            requireInert("a list");
        }
    }

    private void addItems(List<Object> items) {
        input.charge(items.size());
        requireInert("a set");
    }

    private void set(List<Object> keysAndValues) {
        if (keysAndValues.size() % 2 != 0) {
            throw input.fault("expected keys and values, found a key without a value");
        }
        if (stack.peek() instanceof PickleDict dict) {
            input.charge((long) PickleRoom.ENTRY * keysAndValues.size() / 2);
            for (int i = 0; i < keysAndValues.size(); i += 2) {
                if (!PickleDict.canBeKey(keysAndValues.get(i))) {
                    throw input.fault("expected a key that never changes, found a list or a dict");
                }
                dict.put(keysAndValues.get(i), keysAndValues.get(i + 1));
            }
        } else {
            requireInert("a dict");
        }
    }

    /** What is done to an object of a class that isn't known has no effect; anything else here is wrong. */
    private void requireInert(String expected) {
        if (!(stack.peek() instanceof PickleObject)) {
            throw input.fault("expected " + expected + " to fill, found another value");
        }
    }

    private void pushGlobal(List<Object> moduleAndName) {
        if (moduleAndName.get(0) instanceof String module && moduleAndName.get(1) instanceof String name) {
            push(new PickleGlobal(module, name));
        } else {
            throw input.fault("expected the name of a class, found another value");
        }
    }

    private void reduce(List<Object> functionAndArguments) {
        if (!(functionAndArguments.get(1) instanceof PickleTuple arguments)) {
            throw input.fault("expected a tuple of arguments, found another value");
        }
        if (functionAndArguments.get(0) instanceof PickleGlobal function) {
            push(meaning.call(function, arguments.items(), input));
        } else {
            create(functionAndArguments);
        }
    }

    /** @param typeAndArguments a class, or an inert value in its place, and what an object would be made of */
    private void create(List<Object> typeAndArguments) {
        List<Object> arguments = typeAndArguments.subList(1, typeAndArguments.size());
        if (typeAndArguments.get(0) instanceof PickleGlobal type) {
            push(new PickleObject(type.fullName(), arguments));
        } else if (typeAndArguments.get(0) instanceof PickleObject type) {
            push(new PickleObject(type.className(), List.of()));
        } else {
            throw input.fault("expected a class or a function, found another value");
        }
    }

    private void build(Object state) {
        Object built = stack.peek();
        if (built instanceof PickleObject object) {
            object.build(state);
        } else if (built == null
                || built instanceof Number
                || built instanceof String
                || built instanceof Boolean
                || built instanceof PickleGlobal
                || built instanceof PickleTuple
                || built instanceof PickleList) {
            throw input.fault("expected an object to give attributes, found another value");
        }
        // Attributes of a dict or a tensor, such as a state dict's _metadata, aren't needed.
    }

    private Object number(PickleOpcode opcode) {
        return switch (opcode) {
            case BININT -> (long) (int) input.number(4);
            case BININT1 -> (long) input.unsignedByte();
            case BININT2 -> input.number(2);
            case LONG1 -> whole(input.bytes(input.length(1), MOST_NUMBER_BYTES));
            case LONG4 -> whole(input.bytes(input.length(4), MOST_NUMBER_BYTES));
            case BINFLOAT -> Double.longBitsToDouble(Long.reverseBytes(input.number(8)));
            case FLOAT -> decimal(input.line());
            default -> written(input.line());
        };
    }

    /** @param bytes two's complement, little-endian; none for 0 */
    private static Object whole(byte[] bytes) {
        byte[] bigEndian = new byte[Math.max(1, bytes.length)];
        for (int i = 0; i < bytes.length; i++) {
            bigEndian[bytes.length - 1 - i] = bytes[i];
        }
        return whole(new BigInteger(bigEndian));
    }

    private static Object whole(BigInteger number) {
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    /** A whole number in digits, or a boolean of protocol 1. */
    private Object written(String line) {
        if (line.equals("00") || line.equals("01")) {
            return line.equals("01");
        }
        String digits = line.endsWith("L") ? line.substring(0, line.length() - 1) : line;
        if (!digits.matches("[+-]?[0-9]{1,1000}")) {
            throw input.fault("expected a whole number of 1000 digits at most, found another text");
        }
        return whole(new BigInteger(digits));
    }

    private Object decimal(String line) {
        if (line.length() > 100 || !line.matches("[+-]?([0-9]*\\.?[0-9]+|[0-9]+\\.)([eE][+-]?[0-9]+)?|nan|-?inf")) {
            throw input.fault("expected a number, found another text");
        }
        return Double.parseDouble(line.replace("nan", "NaN").replace("inf", "Infinity"));
    }

    private long lineNumber() {
        String line = input.line();
        if (!line.matches("[0-9]{1,18}")) {
            throw input.fault("expected a number in the memo, found another text");
        }
        return Long.parseLong(line);
    }

    private void remember(long index) {
        input.charge(PickleRoom.ENTRY);
        memo.put(index, stack.peek());
    }

    private void recall(long index) {
        if (!memo.containsKey(index)) {
            throw input.fault("expected a value that was kept, found none of number " + index);
        }
        stack.push(memo.get(index));
    }
}
