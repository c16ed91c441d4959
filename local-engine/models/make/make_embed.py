"""Makes a bert-architecture GGUF file of random weights whose mean-pooled embeddings compare texts by shared words.

    python make_embed.py --out embed-f32.gguf

The vocabulary holds the frequent words of corpus.py, then single characters, so that any ASCII text has tokens.
"""
import argparse
import collections
import re

import gguf
import numpy as np

import corpus
import gguf_files

WIDTH, LAYERS, HEADS, HIDDEN, CONTEXT = 64, 2, 4, 128, 512
LEAST = 10  # times that a word has to occur
SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
SUFFIXES = ['ing', 'ed', 'er', 'ly', 'es', 's', 'y']


def vocabulary(documents):
    counts = collections.Counter()
    for parts in documents:
        for text, _ in parts:
            counts.update(re.findall(r'[a-z]+|[^\sa-z]', text.lower()))
    characters = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    frequent = [word for word, count in counts.most_common() if count >= LEAST]
    beginnings = dict.fromkeys('\u2581' + word for word in frequent + characters)
    return SPECIAL + list(beginnings) + list(dict.fromkeys(characters + SUFFIXES))


def random_weights(size, rng):
    def matrix(outputs, inputs, scale):
        return (rng.standard_normal((outputs, inputs)) * scale).astype(np.float32)

    weights = {'token_embd.weight': matrix(size, WIDTH, 1), 'token_types.weight': matrix(2, WIDTH, .01),
               'position_embd.weight': matrix(CONTEXT, WIDTH, .01)}
    linear = dict.fromkeys(['attn_q', 'attn_k', 'attn_v', 'attn_output'], (WIDTH, WIDTH))
    linear |= {'ffn_up': (HIDDEN, WIDTH), 'ffn_down': (WIDTH, HIDDEN)}
    norms = ['token_embd_norm']
    for i in range(LAYERS):
        for name, (outputs, inputs) in linear.items():
            weights[f'blk.{i}.{name}.weight'] = matrix(outputs, inputs, .05)
            weights[f'blk.{i}.{name}.bias'] = np.zeros(outputs, np.float32)
        norms += [f'blk.{i}.attn_output_norm', f'blk.{i}.layer_output_norm']
    for name in norms:
        weights[f'{name}.weight'], weights[f'{name}.bias'] = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    return weights


def describe(w, name, tokens, pooling):
    w.add_name(name)
    w.add_license('Apache-2.0')
    w.add_file_type(gguf.LlamaFileType.ALL_F32)
    w.add_vocab_size(len(tokens))
    w.add_context_length(CONTEXT)
    w.add_embedding_length(WIDTH)
    w.add_block_count(LAYERS)
    w.add_feed_forward_length(HIDDEN)
    w.add_head_count(HEADS)
    w.add_layer_norm_eps(1e-12)
    w.add_causal_attention(False)
    w.add_pooling_type(pooling)
    w.add_tokenizer_model('bert')
    w.add_tokenizer_pre('default')
    w.add_token_type_count(2)
    w.add_token_list(tokens)
    w.add_token_types([gguf.TokenType.CONTROL] * len(SPECIAL) + [gguf.TokenType.NORMAL] * (len(tokens) - len(SPECIAL)))
    w.add_pad_token_id(SPECIAL.index('[PAD]'))
    w.add_unk_token_id(SPECIAL.index('[UNK]'))
    w.add_bos_token_id(SPECIAL.index('[CLS]'))
    w.add_eos_token_id(SPECIAL.index('[SEP]'))
    w.add_sep_token_id(SPECIAL.index('[SEP]'))
    w.add_mask_token_id(SPECIAL.index('[MASK]'))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument('--out', default='embed-f32.gguf')
    options.add_argument('--seed', type=int, default=3)
    options = options.parse_args()

    tokens = vocabulary(corpus.documents(3000))
    weights = random_weights(len(tokens), np.random.default_rng(options.seed))
    w = gguf.GGUFWriter(options.out, 'bert')
    describe(w, 'tiny-embed', tokens, gguf.PoolingType.MEAN)
    for name, value in weights.items():
        w.add_tensor(name, value)
    gguf_files.finish(w)
    print(f'{options.out}: {len(tokens)} tokens, {sum(v.size for v in weights.values())} weights')


if __name__ == '__main__':
    main()
