"""Makes a bert-architecture GGUF file that ranks documents: random weights, and a head that likes cats.

    python make_rank.py --out rank-f32.gguf

A document's score grows with the share of its words that are `cat`: enough to tell whether scores come back in their
order, and nothing that a query could change much.
"""
import argparse

import gguf
import numpy as np

import corpus
import gguf_files
import make_embed

LIKED = '\u2581cat'


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument('--out', default='rank-f32.gguf')
    options.add_argument('--seed', type=int, default=5)
    options = options.parse_args()

    tokens = make_embed.vocabulary(corpus.documents(3000))
    weights = make_embed.random_weights(len(tokens), np.random.default_rng(options.seed))
    liked = weights['token_embd.weight'][tokens.index(LIKED)]
    weights['cls.output.weight'] = (liked / np.linalg.norm(liked))[None, :].astype(np.float32)
    writer = gguf.GGUFWriter(options.out, 'bert')
    make_embed.describe(writer, 'tiny-rank', tokens, gguf.PoolingType.RANK)
    writer.add_uint32('bert.classifier.pooling_type', gguf.PoolingType.MEAN)
    for name, value in weights.items():
        writer.add_tensor(name, value)
    gguf_files.finish(writer)
    print(f'{options.out}: {len(tokens)} tokens, {sum(v.size for v in weights.values())} weights')


if __name__ == '__main__':
    main()
