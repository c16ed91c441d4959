"""Answers in which the model thought, and signed it, before it called a tool: what replays begin with."""

SIGNATURE = "EqQBCkYIBxgCKkDa0d3f"
THOUGHT = {
    "messages": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "content": [
            {"type": "thinking", "thinking": "Let me look.", "signature": SIGNATURE},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 9},
    },
    "gemini": {
        "responseId": "r1",
        "modelVersion": "m",
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 9, "totalTokenCount": 18},
        "candidates": [
            {
                "index": 0,
                "finishReason": "STOP",
                "content": {
                    "role": "model",
                    "parts": [{"functionCall": {"name": "look", "args": {}}, "thoughtSignature": SIGNATURE}],
                },
            }
        ],
    },
    "responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "error": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Let me look."}],
                "encrypted_content": SIGNATURE,
            },
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_1",
                "name": "look",
                "arguments": "{}",
                "status": "completed",
            },
        ],
        "usage": {
            "input_tokens": 9,
            "output_tokens": 9,
            "total_tokens": 18,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 5},
        },
    },
}
