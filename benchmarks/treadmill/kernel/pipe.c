// SPDX-License-Identifier: Apache-2.0
// Pipes of one page. A write that fits in a pipe is not mixed with others.
#include "kernel.h"

struct pipe {
    u8 *data;
    u64 from, to;  // bytes read and written so far
    u32 readers, writers;
    struct queue waiters;
};
static struct pool pipe_pool = {sizeof(struct pipe), 0};

long pipe_create(u64 user_fds)
{
    int fds[2], n = 0;
    for (int i = 3; i < FILES && n < 2; i++)
        if (!current->files[i].pipe)
            fds[n++] = i;
    if (n < 2 || copy_user((void *)user_fds, fds, sizeof fds))
        return -1;
    struct pipe *pipe = pool_get(&pipe_pool);
    pipe->data = virtual(page_alloc());
    pipe->readers = pipe->writers = 1;
    current->files[fds[0]] = (struct file){pipe, 0};
    current->files[fds[1]] = (struct file){pipe, 1};
    return 0;
}

void file_share(struct file *file)
{
    ++*(file->writes ? &file->pipe->writers : &file->pipe->readers);
}

void file_close(struct file *file)
{
    struct pipe *pipe = file->pipe;
    if (!pipe)
        return;
    file->pipe = 0;
    --*(file->writes ? &pipe->writers : &pipe->readers);
    wake(&pipe->waiters);
    if (!pipe->readers && !pipe->writers) {
        page_free(physical(pipe->data));
        pool_put(&pipe_pool, pipe);
    }
}

long pipe_read(struct pipe *pipe, u64 to, u64 length)
{
    while (pipe->from == pipe->to) {
        if (!pipe->writers)
            return 0;
        block(&pipe->waiters);
    }
    u64 done = 0;
    while (done < length && pipe->from < pipe->to) {
        u64 at = pipe->from % PAGE, n = PAGE - at;
        if (n > pipe->to - pipe->from)
            n = pipe->to - pipe->from;
        if (n > length - done)
            n = length - done;
        if (copy_user((void *)(to + done), pipe->data + at, n))
            return -1;
        pipe->from += n;
        done += n;
    }
    wake(&pipe->waiters);
    return done;
}

long pipe_write(struct pipe *pipe, u64 from, u64 length)
{
    for (u64 done = 0; done < length; ) {
        u64 wanted = length <= PAGE ? length : 1;
        while (PAGE - (pipe->to - pipe->from) < wanted && pipe->readers)
            block(&pipe->waiters);
        if (!pipe->readers)
            return -1;
        u64 at = pipe->to % PAGE, n = PAGE - (pipe->to - pipe->from);
        if (n > PAGE - at)
            n = PAGE - at;
        if (n > length - done)
            n = length - done;
        if (copy_user(pipe->data + at, (void *)(from + done), n))
            return -1;
        pipe->to += n;
        done += n;
        if (done < length && length <= PAGE)
            continue;  // wrapped around the end of the buffer
        wake(&pipe->waiters);
    }
    return length;
}
