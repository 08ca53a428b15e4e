"""The reader's pages. Each shows only what `Article.objects.published()` lets through."""
